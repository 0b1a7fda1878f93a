"""The check of documents against the JSON Schemas of their kinds, with its findings (CX004 and others).

fastjsonschema, generated once a kind, accepts; jsonschema runs only on what that refuses, and its errors are
put into plain sentences. No value under ``secret`` is ever repeated: it may be the secret itself.
"""

from __future__ import annotations

import json
import re
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reconciler.desired.schema_checks import beyond
from reconciler.desired.schema_files import accepts, published
from reconciler.desired.schema_messages import meant, worded
from reconciler.rules.codes import problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema import Draft7Validator, ValidationError

    from reconciler.core.model import Document, Json, Problem

API_VERSION = "reconciler/v1"
_DOLLAR = re.compile(r"(?<!\\)\$")


def problems(document: Document) -> tuple[Problem, ...]:
    """Everything that is wrong with the document's form, sorted by where it is."""
    if document.kind not in schemas():
        return _no_kind(document)
    if accepts(document.kind.lower(), document.body):
        return beyond(document)
    found = {*_refusals(document), *beyond(document)}
    return tuple(sorted(found, key=lambda each: (tuple(map(str, each.path)), each.code, each.message)))


@cache
def schemas() -> Mapping[str, dict[str, Any]]:
    """The schema of each kind of document, by the kind's name."""
    described = (schema for schema in published().values() if "kind" in schema["properties"])
    return MappingProxyType({schema["properties"]["kind"]["const"]: schema for schema in described})


def texts() -> dict[str, str]:
    """The schemas' texts by file name, to be copied into a checkout for editors."""
    return {
        f"{kind.lower()}.schema.json": json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for kind, schema in schemas().items()
    }


@cache
def _judge(kind: str) -> Draft7Validator:
    """Draft 7, with patterns as strict as the predicate's: ``$`` matches at the very end only."""
    from jsonschema import Draft7Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(_: Json, value: str, instance: Json, __: Json) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not re.search(_DOLLAR.sub(r"\\Z", value), instance):
            yield ValidationError("pattern")

    strict: Draft7Validator = extend(Draft7Validator, {"pattern": pattern})(schemas()[kind])  # type: ignore[no-untyped-call]
    return strict


def _refusals(document: Document) -> tuple[Problem, ...]:
    found: set[Problem] = set()
    for error in _judge(document.kind).iter_errors(document.body):
        found.update(worded(error))
    if not found:
        found.add(problem("CX004", f"Not of the form that schemas/ has for a {document.kind}."))
    return tuple(found)


def _no_kind(document: Document) -> tuple[Problem, ...]:
    """A document that no schema is for; its version is looked at too, all else would be a guess."""
    kinds = sorted(schemas())
    names = ", ".join(kinds)
    kind, version = document.body.get("kind"), document.body.get("apiVersion")
    found = []
    if "apiVersion" not in document.body:
        found.append(problem("CX004", f"No `apiVersion`: write `apiVersion: {API_VERSION}`."))
    elif version != API_VERSION:
        message = f"Unknown `apiVersion`: the only one is `{API_VERSION}`."
        found.append(problem("CX004", message, ("apiVersion",)))
    if "kind" not in document.body:
        found.append(problem("CX004", f"No `kind`: write one of {names}."))
    else:
        message = f"Unknown `kind`: it is one of {names}{meant(kind, kinds)}."
        found.append(problem("CX004", message, ("kind",)))
    return tuple(found)
