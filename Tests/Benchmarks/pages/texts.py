"""What stands on the pages: numbers for the labels, words for the forms. Nobody is meant."""

import random

from symbols import Symbol

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"
_SYLLABLES = ["ba", "cor", "den", "el", "fa", "gri", "hol", "in", "ka", "lum", "mer", "no", "or", "pa", "quin", "ras",
              "sel", "to", "ur", "ves", "wil", "yar", "zo", "ter", "san", "mo", "li", "der", "an", "ce"]
_CAPTIONS = ["Name", "Date of birth", "Ward", "Room", "Attending", "Admitted", "Discharged", "Allergies", "Weight",
             "Height", "Pulse", "Diagnosis", "Insurer", "Policy no.", "Next of kin", "Telephone", "Address", "Signature",
             "Blood pressure", "Temperature", "Procedure", "Consent given", "Remarks", "Dose", "Route", "Time"]


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(_DIGITS) for _ in range(count))


def letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(count))


def word(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, 4)))


def words(rng: random.Random, count: int) -> str:
    return " ".join(word(rng) for _ in range(count))


def name(rng: random.Random) -> str:
    return f"{word(rng).capitalize()}, {word(rng).capitalize()}"


def caption(rng: random.Random) -> str:
    return rng.choice(_CAPTIONS)


def date(rng: random.Random) -> str:
    return f"{rng.randint(1930, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def symbol(kind: str, rng: random.Random) -> Symbol:
    """A symbol as hospitals print it."""
    if kind == "gs1-128":
        return _gs1(rng)
    text = _TEXTS[kind](rng)
    return Symbol(kind, text, text)


def _mod10(body: str) -> str:
    """`body` with GS1's check digit (GS1 General Specifications 7.9)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def _gs1(rng: random.Random) -> Symbol:
    fields = rng.choice([
        [("01", _mod10(digits(rng, 13))), ("10", letters(rng, 2) + digits(rng, 4))],
        [("00", _mod10(digits(rng, 17)))],
        [("8018", _mod10(digits(rng, 17)))],
        [("10", letters(rng, 1) + digits(rng, 5)), ("21", digits(rng, 7))],
        [("8018", _mod10(digits(rng, 17))), ("8019", digits(rng, 2))],
    ])
    data = "".join(f"[{identifier}]{value}" for identifier, value in fields)
    text = ""
    for place, (identifier, value) in enumerate(fields):
        fixed = identifier in ("00", "01")
        text += identifier + value + ("" if fixed or place == len(fields) - 1 else "\x1d")
    return Symbol("gs1-128", data, text)


def _code128(rng: random.Random) -> str:
    return rng.choice([
        lambda: letters(rng, 1) + digits(rng, rng.randint(8, 10)),
        lambda: "M" + digits(rng, 8),
        lambda: digits(rng, rng.choice((8, 10, 12))),
        lambda: letters(rng, 2) + "-" + digits(rng, 6),
        lambda: word(rng).capitalize()[:6] + digits(rng, 4),
        lambda: "V/" + digits(rng, 5) + letters(rng, 2),
    ])()


def _code39(rng: random.Random) -> str:
    return rng.choice([lambda: "MRN" + digits(rng, 7), lambda: digits(rng, 8), lambda: letters(rng, 2) + "-" + digits(rng, 5)])()


def of_grammar(kind: str, rng: random.Random) -> Symbol:
    """A symbol whose text fits the label grammar of the sample configuration (`pipeline.json`)."""
    text = rng.choice([
        lambda: "MRN" + _luhn(digits(rng, 7)),
        lambda: "MRN" + _luhn(digits(rng, 7)),
        lambda: _hibc("+/AC" + rng.choice(("", "MRN")) + _luhn(digits(rng, 7))),
        lambda: "ENC" + _luhn(digits(rng, 9)),
        lambda: "DOC" + rng.choice(("CONSENT", "HP", "LAB", "OPNOTE", "IDCARD")),
        lambda: f"PG{rng.randint(1, 99):02}OF{rng.randint(1, 99):02}",
        lambda: rng.choice(("SEPARATOR", "BATCH" + letters(rng, 2) + digits(rng, 6))),
    ])()
    return Symbol(kind, text, text)


def _luhn(body: str) -> str:
    total = sum(int(digit) if place % 2 else int(digit) * 2 // 10 + int(digit) * 2 % 10
                for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def _hibc(body: str) -> str:
    values = _DIGITS + _LETTERS + "-. $/+%"
    return body + values[sum(values.index(character) for character in body) % 43]


def _long(rng: random.Random) -> str:
    return f"{letters(rng, 1)}{digits(rng, 9)}|{name(rng)}|{date(rng)}"


_TEXTS = {
    "code128": _code128,
    "code39": _code39,
    "itf": lambda rng: digits(rng, rng.choice((8, 10, 12, 14))),
    "codabar": lambda rng: rng.choice("ABCD") + digits(rng, rng.randint(7, 10)) + rng.choice("ABCD"),
    "datamatrix": lambda rng: rng.choice([letters(rng, 1) + digits(rng, 9), _long(rng)]),
    "qr": lambda rng: rng.choice([letters(rng, 1) + digits(rng, 9), _long(rng), "https://nowhere.example/" + word(rng)]),
    "pdf417": _long,
    "aztec": lambda rng: rng.choice([letters(rng, 1) + digits(rng, 9), _long(rng)]),
}
