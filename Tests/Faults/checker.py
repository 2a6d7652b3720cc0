"""The independent checker: is every dropped page where it must be, once, whole, and in the right chart?

It reads folders, manifests, OCFL objects, TIFF and PNG by code of its own and asks nothing of Chartroom.
"""

import hashlib
import json
import os
import sqlite3

import paper
from hospital import Failure

ZEROS = "0" * 64


def files_below(folder):
    for path, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(path, name)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Checker:
    def __init__(self, site, dropped):
        self.site, self.dropped = site, dropped
        self.var = site.folder + "/var"
        # From a tree that is only read: no file of ours to look for, everything else the same.
        self.backfilled = []
        self.problems = []

    def demand(self, holds, what):
        if not holds:
            self.problems.append(what)

    def end(self):
        if self.problems:
            raise Failure("; ".join(self.problems[:8]))

    # MARK: In the middle

    def check_in_motion(self):
        """After a fault and before the next run: nothing is lost, and what is recorded is there."""
        self.check_places(finished=False)
        self.check_manifests(finished=False)
        self.end()

    # MARK: At the end

    def check_finished(self):
        self.check_places(finished=True)
        self.check_manifests(finished=True)
        self.check_archive()
        self.check_debris()
        self.check_journal()
        self.end()

    def check_places(self, finished):
        """Every dropped file in exactly one of drop folder, claimed or originals; in two only while it is copied."""
        places = {}
        folders = [(f"drop{k}", drop) for k, drop in enumerate(self.site.drops)]
        for kind, folder in folders + [("claimed", self.var + "/claimed"), ("originals", self.site.originals)]:
            for path in files_below(folder):
                if "incoming-" in path or "/.chartroom-" in path or os.path.basename(path).startswith("."):
                    continue  # a copy that is not finished counts for nothing
                places.setdefault(sha256(read(path)), []).append(kind)
        wanted = [(b.name, b.sha256, b.drop) for b in self.dropped]
        wanted += [(b.sidecar_name, sha256(b.sidecar), b.drop) for b in self.dropped if b.sidecar]
        for name, digest, drop in wanted:
            found = sorted(set(places.get(digest, [])))
            copies = len(places.get(digest, []))
            # Two drops of the same bytes are two files.
            same = sum(1 for other in wanted if other[1] == digest)
            if finished:
                self.demand(
                    copies == same and found == ["originals"], f"{name} is not among the originals but in {found} × {copies}")
                continue
            if copies == same + 1 and same == 1 and found in (["claimed", f"drop{drop}"], ["claimed", "originals"]):
                continue
            self.demand(copies == same, f"{name} is in {found}, {copies} times")

    # MARK: Manifests

    def read_manifests(self):
        records = []
        for path in files_below(self.var + "/manifests"):
            if "/.staging/" in path:
                continue
            data = read(path)
            try:
                value = json.loads(data)
            except ValueError:
                self.demand(False, f"{path} is torn")
                continue
            self.demand(path.endswith(f"/{value.get('batch') or value.get('correction')}.json"), f"{path} has another's name")
            records.append((value["sequence"], sha256(data), value))
        return sorted(records, key=lambda record: record[0])

    def check_manifests(self, finished):
        records = self.read_manifests()
        if finished:
            before = ZEROS
            for place, (sequence, digest, value) in enumerate(records, 1):
                self.demand(sequence == place and value["previous"] == before, f"record {sequence} breaks the chain")
                before = digest
        else:
            numbers = [record[0] for record in records]
            self.demand(len(set(numbers)) == len(numbers), "two records have one number")
        self.manifests = [value for _, _, value in records if value["schema"] == "chartroom.manifest/1"]
        self.objects = {}
        by_digest = {}
        for manifest in self.manifests:
            self.check_balance(manifest)
            self.check_objects(manifest)
            for source in manifest["sources"]:
                by_digest.setdefault(source["sha256"], []).append(manifest)
        every = self.dropped + self.backfilled
        for batch in every:
            found = by_digest.pop(batch.sha256, [])
            same = sum(1 for other in every if other.sha256 == batch.sha256)
            if same > 1:
                by_digest[batch.sha256] = found
            self.demand(len(found) <= same, f"{batch.name} has {len(found)} manifests")
            self.demand(not finished or len(found) == same, f"{batch.name} has {len(found)} manifests")
            for manifest in found:
                self.check_outcomes(batch, manifest, same)
        self.demand(
            not set(by_digest) - {batch.sha256 for batch in every}, "a manifest names what nobody dropped")

    def check_balance(self, manifest):
        counts, pages = manifest["counts"], manifest["pages"]
        self.demand(counts["pages"] == len(pages), "counts.pages is wrong")
        kinds = ["filed", "separator", "blank", "exception", "duplicate"]
        for kind in kinds:
            number = sum(1 for page in pages if page["disposition"] == kind)
            self.demand(counts[kind] == number, f"{number} pages are {kind}, the manifest counts {counts[kind]}")
        self.demand(sum(counts[kind] for kind in kinds) == len(pages), "the manifest does not balance")

    def check_outcomes(self, batch, manifest, same):
        index = [source["sha256"] for source in manifest["sources"]].index(batch.sha256)
        pages = [page for page in manifest["pages"] if page["source"] == index]
        documents = {document["id"]: document for document in manifest["documents"]}
        self.demand([page["sha256"] for page in pages] == batch.pages, f"{batch.name}: other pages than were dropped")
        if same > 1 and all(page["disposition"] == "duplicate" for page in pages):
            return
        outcomes = []
        for page in pages:
            document = documents.get(page["document"], {})
            is_filed = page["disposition"] == "filed"
            self.demand(not is_filed or document.get("status") == "filed", f"{batch.name}: filed in no chart")
            outcomes.append((page["disposition"], document.get("mrn") if is_filed else None))
        self.demand(outcomes == batch.outcomes, f"{batch.name}: {outcomes}, wanted {batch.outcomes}")
        if batch.sidecar:
            self.demand(
                any(sha256(batch.sidecar) in files.values() for files in self.objects_of(manifest)),
                f"{batch.name}: its sidecar is in no object")

    # MARK: Archive

    def objects_of(self, manifest):
        return [files for batch, files, _ in self.objects.values() if batch == manifest["batch"]]

    def check_objects(self, manifest):
        """Every page of a manifest that is no duplicate is sound in exactly one object."""
        homes = {}
        for name in sorted(self.object_names(manifest)):
            folder = f"{self.var}/archive/root/{name}"
            if not os.path.isdir(folder):
                self.demand(False, f"{name} is missing")
                continue
            files, record = self.read_object(folder)
            self.objects[name] = (manifest["batch"], files, record)
            for page in (record or {}).get("pages", []):
                homes.setdefault(page["entry"]["page"], []).append(name)
                self.check_page(folder, page)
        for page in manifest["pages"]:
            number = 0 if page["disposition"] == "duplicate" else 1
            self.demand(len(homes.get(page["page"], [])) == number, f"page {page['page']} is in {len(homes.get(page['page'], []))} objects")

    def object_names(self, manifest):
        names = {document["object"] for document in manifest["documents"]}
        text = f"set-aside:{manifest['batch']}\n".encode()
        space = bytes.fromhex("d00b2773124a4de0bcd8283b0924850f")
        raw = bytearray(hashlib.sha1(space + text).digest()[:16])
        raw[6], raw[8] = raw[6] & 0x0F | 0x50, raw[8] & 0x3F | 0x80
        text = raw.hex()
        uuid = "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])
        tuples = sha256(f"urn:uuid:{uuid}".encode())
        path = f"{tuples[:2]}/{tuples[2:4]}/urn%3auuid%3a{uuid}"
        if os.path.isdir(f"{self.var}/archive/root/{path}"):
            names.add(path)
        return names

    def read_object(self, folder):
        """Content files by logical path with their SHA-256, and the record that describes them."""
        inventory = read(folder + "/inventory.json")
        value = json.loads(inventory)
        sidecar = read(folder + "/inventory.json.sha512").split()[0].decode()
        self.demand(hashlib.sha512(inventory).hexdigest() == sidecar, f"{folder}: its inventory is torn")
        self.demand(read(folder + "/0=ocfl_object_1.1") == b"ocfl_object_1.1\n", f"{folder}: no declaration")
        known = {path: digest for digest, paths in value["manifest"].items() for path in paths}
        there = {os.path.relpath(path, folder) for path in files_below(folder) if "/content/" in path}
        self.demand(there == set(known), f"{folder}: its files are not those of its inventory")
        state = value["versions"][value["head"]]["state"]
        logical = {path: digest for digest, paths in state.items() for path in paths}
        files, record = {}, None
        for path in there & set(known):
            data = read(f"{folder}/{path}")
            self.demand(hashlib.sha512(data).hexdigest() == known[path], f"{folder}/{path}: damaged")
            for name in [name for name, digest in logical.items() if digest == known[path]]:
                files[name] = sha256(data)
                if name in ("document.json", "set-aside.json"):
                    record = json.loads(data)
        return files, record

    def check_page(self, folder, page):
        paths = [path for path in files_below(folder) if path.endswith("/content/" + page["file"])]
        try:
            digest = paper.page_digests(read(paths[0]))[page["frame"]]
        except (ValueError, KeyError, IndexError) as error:
            digest = repr(error)
        self.demand(digest == page["entry"]["sha256"], f"{folder}: page {page['entry']['page']} is not what was dropped")

    def check_archive(self):
        """No object but those that a manifest names, configurations and imports; no empty folder."""
        root = self.var + "/archive/root"
        for path, folders, names in os.walk(root):
            name = os.path.relpath(path, root)
            if name.startswith("extensions"):
                continue
            self.demand(folders or names, f"{name} is an empty folder in the archive")
            if "inventory.json" in names and "/v" not in name and name not in self.objects:
                value = json.loads(read(path + "/inventory.json"))
                kept = {k for paths in value["versions"]["v1"]["state"].values() for k in paths}
                self.demand(kept in ({"configuration.json"}, {"import.csv"}), f"{name} belongs to nobody")

    def check_debris(self):
        left = [*files_below(self.var + "/claimed"), *files_below(self.var + "/archive/staging")]
        left += [*files_below(self.var + "/manifests/.staging")]
        left += [self.var + "/claimed/" + name for name in os.listdir(self.var + "/claimed")]
        left += [self.var + "/archive/staging/" + name for name in os.listdir(self.var + "/archive/staging")]
        for drop in self.site.drops:
            left += list(files_below(drop))
        left += [path for path in files_below(self.site.originals) if "incoming-" in path]
        self.demand(not left, f"left over: {left[:5]}")

    # MARK: Databases

    def check_journal(self):
        with sqlite3.connect(f"file:{self.site.journal}/journal.sqlite?mode=ro", uri=True) as journal:
            open_ = journal.execute("SELECT count(*) FROM batches WHERE state <> 'finished'").fetchone()[0]
            records = journal.execute("SELECT count(*) FROM records WHERE attested = 0").fetchone()[0]
            sound = journal.execute("PRAGMA integrity_check").fetchone()[0]
        journal.close()
        self.demand(open_ == 0, f"{open_} batches are not finished")
        self.demand(records == 0, f"{records} records are not attested")
        self.demand(sound == "ok", f"the journal: {sound}")
