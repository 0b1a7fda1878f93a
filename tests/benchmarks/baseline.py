"""What a short program would do: every document through libyaml's loader and one compiled JSON Schema.

python baseline.py SCHEMAS FOLDER
"""

import json
import sys
from pathlib import Path

import yaml
from jsonschema import Draft7Validator


def main() -> None:
    schemas = (json.loads(file.read_text()) for file in Path(sys.argv[1]).glob("*.schema.json"))
    validators = {
        schema["properties"]["kind"]["const"]: Draft7Validator(schema)
        for schema in schemas
        if "kind" in schema["properties"]
    }
    count = 0
    for file in sorted(Path(sys.argv[2]).glob("*.yaml")):
        for document in yaml.load_all(file.read_text("utf-8"), Loader=yaml.CSafeLoader):
            for error in validators[document["kind"]].iter_errors(document):
                sys.exit(f"{file}: {error.message}")
            count += 1
    print(f"{count} documents")


if __name__ == "__main__":
    main()
