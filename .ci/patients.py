"""Holds the patient index against parsers that are not ours.

    patients.py CHARTROOM FHIRCHECK.PY

Makes a site, imports the sample feeds, reads the same files with hl7apy, hl7 and fhir.resources, and compares names, numbers,
birth dates, merges and visits with what `chartroom patients show --json` says. Ends with 1 at the first difference.
"""

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import hl7
from fhir.resources.R4B import get_fhir_model_class
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

ROOT = Path(__file__).resolve().parent.parent
FEEDS = ROOT / "fixtures/feeds"
CHARACTER_SETS = {"UNICODE UTF-8": "utf-8", "8859/1": "iso-8859-1", "8859/2": "iso-8859-2"}
MERGES = {"A18", "A34", "A40", "A43", "A47"}
OID = "urn:oid:2.16.840.1.113883.19.5"


class Expected:
    """What the outside parsers understood, in the order of the files."""

    def __init__(self):
        self.people: dict[tuple[str, str], tuple] = {}
        self.asof: dict[tuple[str, str], str] = {}
        self.links: dict[tuple, bool] = {}
        self.visits: dict[str, tuple[str, str]] = {}

    def person(self, key, facts, time):
        if any(active for (start, _), active in self.links.items() if start == key):
            return
        if time >= self.asof.get(key, ""):
            self.people[key], self.asof[key] = facts, time

    def survivor(self, key):
        ends, seen, open_ = set(), set(), [key]
        while open_:
            at = open_.pop()
            if at in seen:
                return None
            seen.add(at)
            onwards = {into: active for (start, into), active in self.links.items() if start == at}
            if False in onwards.values():
                return None
            open_ += onwards
            if not onwards:
                ends.add(at)
        return ends.pop() if len(ends) == 1 else None


def messages(path: Path):
    """The file's messages as hl7apy and as hl7 read them, framing and envelopes taken off by hand."""
    raw = path.read_bytes().replace(b"\x0b", b"").replace(b"\x1c", b"")
    name = re.search(rb"\rMSH|^MSH|\nMSH", raw) and re.search(rb"MSH(?:[^\r\n|]*\|){17}([^\r\n|]*)", raw)[1].decode()
    segments = [line for line in re.split(r"\r\n|\r|\n", raw.decode(CHARACTER_SETS[name])) if line]
    groups: list[list[str]] = []
    for segment in segments:
        if segment.startswith("MSH"):
            groups.append([])
        if groups and segment[:3] not in ("FHS", "BHS", "BTS", "FTS"):
            groups[-1].append(segment)
    for group in groups:
        text = "\r".join(group) + "\r"
        yield parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT), hl7.parse(text)


def segments(part, name):
    """Segments of that name, in order, out of whatever groups hl7apy put them into."""
    if part.classname == "Segment":
        return [part] if part.name == name else []
    return [found for child in part.children for found in segments(child, name)]


def numbers(field):
    return [(cx.cx_4.hd_1.to_er7() or "GENHOSP", cx.cx_1.to_er7()) for cx in field if cx.cx_5.to_er7() == "MR"]


def read_hl7(path: Path, expected: Expected):
    for message, other in messages(path):
        event = message.msh.msh_9.msg_2.to_er7()
        time = message.evn.evn_2.ts_1.to_er7()
        people = segments(message, "PID")
        # hl7apy's tables allow one PID in these two, which are about two patients (HL7 v2.5.1 §3.3.24, §3.3.37).
        if event not in ("A24", "A37"):
            parse_message(message.to_er7(), validation_level=VALIDATION_LEVEL.STRICT).validate()
        if event == "A11":
            continue
        keys = [numbers(pid.pid_3) for pid in people]
        if event == "A37":
            for pair in ((keys[1][0], keys[0][0]), (keys[0][0], keys[1][0])):
                if pair in expected.links:
                    expected.links[pair] = False
        for pid, own in zip(people, keys):
            name = pid.pid_5[0]
            parts = [name.xpn_1.fn_1.to_er7() if name.xpn_1.to_er7() else "", name.xpn_2.to_er7(), name.xpn_3.to_er7()]
            day = pid.pid_7.to_er7()
            facts = (*[other.unescape(part) for part in parts], f"{day[:4]}-{day[4:6]}-{day[6:8]}", pid.pid_8.to_er7())
            for key in own:
                expected.person(key, facts, time)
        if event in MERGES:
            for merge in segments(message, "MRG"):
                for prior in numbers(merge.mrg_1):
                    expected.links.setdefault((prior, keys[0][0]), True)
        for visit in segments(message, "PV1"):
            number = visit.pv1_19.cx_1.to_er7()
            if number and not (event == "A08"):
                expected.visits[number] = keys[0][0]


def read_fhir(path: Path, expected: Expected, check):
    content = json.loads(path.read_text())
    problems = check(content)
    assert not problems, problems
    bundle = get_fhir_model_class("Bundle").model_validate(content)
    keys = {}
    patients = [entry.resource for entry in bundle.entry if entry.resource.get_resource_type() == "Patient"]
    for patient in patients:
        keys[patient.id] = next(
            ("GENHOSP", i.value) for i in patient.identifier if i.system == OID and i.type.coding[0].code == "MR")
    for patient in patients:
        key, name = keys[patient.id], patient.name[0]
        for link in patient.link or []:
            if link.type == "replaced-by":
                expected.links[(key, keys[link.other.reference.split("/")[-1]])] = True
        given = name.given + [""]
        facts = (name.family, given[0], " ".join(given[1:-1]), patient.birthDate.isoformat(),
                 {"male": "M", "female": "F"}[patient.gender])
        expected.person(key, facts, "20260402")
        for identifier in patient.identifier:
            if identifier.system == "https://id.gs1.org/8018":
                expected.links[(("GS1", identifier.value), key)] = True
    for entry in bundle.entry:
        if entry.resource.get_resource_type() == "Encounter":
            expected.visits[entry.resource.identifier[0].value] = keys[entry.resource.subject.reference.split("/")[-1]]


def main(chartroom: str, fhircheck: str) -> None:
    spec = importlib.util.spec_from_file_location("fhircheck", fhircheck)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    expected = Expected()
    feeds = ["ordinary.hl7", "batch.hl7", "latin-1.hl7", "latin-2.hl7", "framed.hl7"]
    for feed in feeds:
        read_hl7(FEEDS / feed, expected)
    read_fhir(FEEDS / "bundle.json", expected, module.check)
    with tempfile.TemporaryDirectory() as folder:
        def run(*words: str) -> list[dict]:
            result = subprocess.run([chartroom, *words, "--json"], cwd=folder, capture_output=True, text=True)
            assert result.returncode == 0, (words, result.stdout, result.stderr)
            return [json.loads(line) for line in result.stdout.splitlines()]

        (Path(folder) / "pipeline.json").write_bytes((ROOT / "pipeline.json").read_bytes())
        run("init")
        run("patients", "import", str(ROOT / "fixtures/patients.csv"), str(ROOT / "fixtures/encounters.csv"))
        run("patients", "import", *[str(FEEDS / feed) for feed in feeds], str(FEEDS / "bundle.json"))
        for key in sorted(set(expected.people) | {start for start, _ in expected.links}):
            [shown] = run("patients", "show", f"{key[0]}:{key[1]}")
            found = shown["survivor"] and (shown["survivor"]["authority"], shown["survivor"]["mrn"])
            assert found == expected.survivor(key), (key, found, expected.survivor(key))
            if key in expected.people:
                who = shown["patient"]
                facts = tuple(who[name] for name in ("family", "given", "middle", "birthDate", "sex"))
                assert facts == expected.people[key], (key, facts, expected.people[key])
            for link in shown["links"]:
                if link["kind"] != "link":
                    ends = tuple((link[end]["authority"], link[end]["mrn"]) for end in ("from", "into"))
                    assert expected.links[ends] == (link["undoneAt"] is None), link
        visits = {}
        for patient in run("patients", "list", "--limit", "0"):
            key = patient["key"]
            [shown] = run("patients", "show", f"{key['authority']}:{key['mrn']}")
            visits |= {visit["visit"]: (key["authority"], key["mrn"]) for visit in shown["encounters"]}
        for visit, key in expected.visits.items():
            assert visits[visit] == key, (visit, visits[visit], key)
    print(f"{len(expected.people)} patients, {len(expected.links)} links and {len(expected.visits)} visits are as hl7apy, hl7 "
          "and fhir.resources read them")


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()), sys.argv[2])
