"""Finds the JSON files of ours in files and folders, and prints for each its schema and its path, tab between.

A file is ours if it says so: {"schema": "chartroom.NAME/VERSION", ...}. Ends with 1 where a file names a schema that
the repository does not have. The sidecar that is broken on purpose is no JSON, and is passed over, in the archive too,
which keeps its bytes as they came.
"""

import json
import re
import sys
from pathlib import Path


def files(place: Path):
    return [place] if place.is_file() else sorted(place.rglob("*.json"))


def schema_of(path: Path) -> Path | None:
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        if path.name in ("bad-sidecar.json", "sidecar.json"):
            return None
        sys.exit(f"{path} is no JSON")
    name = content.get("schema") if isinstance(content, dict) else None
    match = re.fullmatch(r"chartroom\.([a-z-]+)/([0-9]+)", name or "")
    return Path(f"fixtures/schemas/{match[1]}-{match[2]}.json") if match else None


for place in sys.argv[1:]:
    for path in files(Path(place)):
        schema = schema_of(path)
        if schema is None:
            continue
        if not schema.is_file():
            sys.exit(f"{path} needs {schema}, which is missing")
        print(schema, path, sep="\t")
