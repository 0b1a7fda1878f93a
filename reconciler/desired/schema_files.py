"""The published JSON Schemas of documents, plans and audit records, and the validators generated from them.

A schema's name is that of its file: ``template``, ``plan``, ``audit-record``.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.core.model import Json

_SUFFIX = ".schema.json"
_TYPES = {
    "string": "text",
    "integer": "an integer",
    "boolean": "true or false",
    "null": "null",
    "array": "an array",
    "object": "an object",
}


@cache
def published() -> Mapping[str, dict[str, Any]]:
    """Every schema by its name."""
    here = Path(__file__).parents[1]
    folder = next(place for place in (here / "_schemas", here.parent / "schemas") if place.is_dir())
    return MappingProxyType(
        {
            file.name.removesuffix(_SUFFIX): json.loads(file.read_text("utf-8"))
            for file in sorted(folder.glob(f"*{_SUFFIX}"))
        }
    )


@cache
def free_texts() -> frozenset[str]:
    """The keys of documents under which any text may stand, blanks and ``#`` too; a rule's code is one word."""
    found: set[str] = set()
    rest: list[tuple[str, Json]] = [
        ("", each) for each in published().values() if "kind" in each["properties"]
    ]
    while rest:
        name, part = rest.pop()
        if part.get("type") == "string" and part.get("pattern") == "\\S":
            found.add(name)
        rest += part.get("properties", {}).items()
        rest += [(name, each) for each in part.get("oneOf", ())]
        rest += [
            (name, part[key]) for key in ("items", "additionalProperties") if isinstance(part.get(key), dict)
        ]
    return frozenset(found - {"rule"})


@cache
def accepting(name: str) -> Callable[[Json], Json]:
    """The generated predicate of a schema: raises JsonSchemaValueException on a value of another form."""
    import fastjsonschema

    schema = published()[name]
    predicate: Callable[[Json], Json] = fastjsonschema.compile(
        _whole(schema, schema), use_default=False, formats=_FORMATS
    )
    return predicate


def accepts(name: str, value: Json) -> bool:
    """Whether the schema has nothing against a value."""
    try:
        accepting(name)(value)
    except ValueError:  # JsonSchemaValueException is one: an import for each value would be felt
        return False
    return True


def fault(name: str, value: Json) -> str | None:
    """The first thing that a schema has against a value, and where; None where it has nothing."""
    try:
        accepting(name)(value)
    except ValueError as refusal:
        return _worded(refusal)
    return None


def _whole(part: Json, schema: dict[str, Any]) -> Json:
    """A part of a schema with what it refers to in place: to generated code a reference is a call, and a slow one."""
    if isinstance(part, list):
        return [_whole(each, schema) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        urn, _, name = part["$ref"].partition("#/definitions/")
        named = next((each for each in published().values() if each["$id"] == urn), schema)
        return _whole(named["definitions"][name], named)
    return {key: _whole(each, schema) for key, each in part.items() if key != "definitions"}


def _is_moment(text: str) -> bool:
    """Whether there is such a day and hour; how it is written is the pattern's."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_FORMATS = {
    "date-time": _is_moment,
    "date": lambda _: True,  # a document's days are judged by schema_checks, which has words for them
}


def _worded(refusal: Any) -> str:  # noqa: ANN401  a JsonSchemaValueException, which has no types
    place = str(refusal.name).removeprefix("data").removeprefix(".")
    subject, rule = f"`{place}`" if place else "it", refusal.rule_definition
    if refusal.rule == "required":
        return f"{subject} has no {', '.join(f'`{key}`' for key in rule if key not in refusal.value)}"
    if refusal.rule == "type":
        names = [rule] if isinstance(rule, str) else rule
        return f"{subject} should be {' or '.join(_TYPES[each] for each in names)}"
    if refusal.rule == "enum":
        return f"{subject} should be one of {', '.join(rule)}"
    return f"{subject} does not fit the schema's `{refusal.rule}`"
