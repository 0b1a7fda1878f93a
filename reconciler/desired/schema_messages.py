"""The words of CX004 and of unknown keys: from jsonschema's errors to problems, each with the path to its value.

No message repeats a value under ``secret``: it may be the secret itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.suggest import nearest
from reconciler.desired.yaml_scalars import brief
from reconciler.rules.codes import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.core.model import Json, Path, Problem

Refusal = Any
"""A jsonschema ValidationError, whose attributes are all typed as possibly unset."""

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "object": "a mapping (`key: value` lines)",
    "array": "a list",
    "boolean": "true or false",
}
_SOURCE_ONLY = (
    "say where the secret comes from, {env: NAME} or {file: PATH}, one of the two. Never write the "
    "secret itself: if it stands here, it is in the history already, so make a new one"
)


def worded(error: Refusal) -> Iterator[Problem]:
    """The problems in one jsonschema ValidationError: one, or one for each key that is missing or unknown."""
    path: Path = tuple(error.absolute_path)
    if path[:1] == ("secret",):
        yield _secret(error)
    elif "propertyNames" in error.absolute_schema_path:
        hint = _rule_meant(error.instance) if path == ("severities",) else ""
        message = f"Malformed key `{brief(str(error.instance))}`{hint}: {_pattern_words(error)}."
        yield problem("CX004", message, (*path, error.instance), key=True)
    elif error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        for name in missing:
            message = f"Missing key: `{dotted((*path, name))}` is required{_example(name, error.schema)}."
            yield problem("CX004", message, path, key=bool(path))
    elif error.validator == "additionalProperties":
        known = tuple(error.schema["properties"])
        for name in error.instance:
            if name not in known:
                yield unknown_key((*path, name), known)
    elif error.validator == "type":
        yield _wrong_type(path, error.validator_value, error.instance)
    else:
        words = _WORDS.get(error.validator, _otherwise)
        yield problem("CX004", f"Malformed `{dotted(path)}`: {words(error)}.", path)


def unknown_key(path: Path, known: Iterable[str]) -> Problem:
    """The problem that a document has a key which is not one of ``known``; ``path`` ends in that key."""
    name = str(path[-1])
    hint = meant(name, known) or f"; there are {', '.join(known)}"
    return problem("CX004", f"Unknown key: `{dotted(path)}`{hint}.", path, key=True)


def meant(word: object, known: Iterable[str]) -> str:
    """`` (did you mean …?)`` where one of ``known`` is near, else nothing."""
    near = nearest(word, known) if isinstance(word, str) else None
    return f" (did you mean `{near}`?)" if near else ""


def _rule_meant(code: str) -> str:
    """The rule that a malformed key of ``severities`` may stand for; nothing for a code that there is."""
    from reconciler.rules import codes, discover

    known = codes.explanations()
    meant = None if code in known else codes.nearest(code)
    return f" (did you mean `{meant}`?)" if meant in discover() else ""


def dotted(path: Path) -> str:
    """A path as people write it: ``waivers[0].expires``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{brief(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def _secret(error: Refusal) -> Problem:
    """The problem with a value under ``secret``; its message quotes nothing of the value."""
    found = error.instance
    if error.validator == "oneOf" and isinstance(found, dict) and set(found) == {"env"}:
        message = f"Malformed `secret.env`: {_SOURCE_ONLY}. A variable's name is letters, digits and _."
        return problem("CX004", message, ("secret", "env"))
    return problem("CX004", f"Malformed `secret`: {_SOURCE_ONLY}.", ("secret",))


def _wrong_type(path: Path, wanted: str, found: object) -> Problem:
    name = dotted(path)
    if found is None:
        return problem(
            "CX004", f"No value: `{name}` should be {_TYPES[wanted]}. Write one, or remove the key.", path
        )
    if wanted == "string" and isinstance(found, bool | int):
        text = str(found).lower() if isinstance(found, bool) else str(found)
        reads = "a boolean" if isinstance(found, bool) else "a number"
        message = (
            f'Not text to YAML: without quotes `{text}` is {reads}. Put quotes around it: `{name}: "{text}"`.'
        )
        return problem("CX007", message, path)
    without = ", without quotes" if wanted == "integer" and isinstance(found, str) else ""
    return problem(
        "CX004", f"Wrong type: `{name}` must be {_TYPES[wanted]}{without}, found {_kind(found)}.", path
    )


def _kind(found: object) -> str:
    names = {str: "text", bool: "true or false", int: "a number", dict: "a mapping", list: "a list"}
    return f"text, `{brief(found)}`" if isinstance(found, str) else names[type(found)]


def _example(name: str, schema: Json) -> str:
    """How the missing key might look, from the schema's own examples."""
    known = schema.get("properties", {}).get(name, {})
    examples = known.get("examples") or [known.get("const")]
    if not isinstance(examples[0], str):
        return ""
    value = examples[0] if name in ("apiVersion", "kind", "id") else f'"{examples[0]}"'
    return f", such as `{name}: {value}`"


def _pattern_words(error: Refusal) -> str:
    return str(error.schema.get("patternErrorMessage", "it does not have the form that the schema asks for"))


def _pattern(error: Refusal) -> str:
    return f"{_pattern_words(error)}; found `{brief(str(error.instance))}`"


def _enum(error: Refusal) -> str:
    options = [str(option) for option in error.validator_value]
    found = f"found `{brief(str(error.instance))}`{meant(error.instance, options)}"
    return f"it is one of {', '.join(options)}; {found}"


def _severity(error: Refusal) -> str:
    options = error.validator_value[0]["enum"]
    found = (
        f"; found `{brief(error.instance)}`{meant(error.instance, options)}"
        if isinstance(error.instance, str)
        else ""
    )
    return (
        f"it is one of {', '.join(options)}, or one by message class, {{OTP: ignore, default: error}}{found}"
    )


def _const(error: Refusal) -> str:
    return f"it must be `{error.validator_value}`; found `{brief(str(error.instance))}`"


def _size(words: str) -> Callable[[Any], str]:
    def say(error: Refusal) -> str:
        return words.format(limit=error.validator_value, found=error.instance)

    return say


def _otherwise(error: Refusal) -> str:
    return f"it does not fit the schema's `{error.validator}`"


_WORDS: dict[str, Callable[[Any], str]] = {
    "pattern": _pattern,
    "anyOf": _severity,
    "enum": _enum,
    "const": _const,
    "minimum": _size("it is at least {limit}; found {found}"),
    "maximum": _size("it is at most {limit}; found {found}"),
    "minLength": _size("it is empty"),
    "maxLength": _size("it is longer than {limit} characters"),
    "maxProperties": lambda _: (
        "it names a campaign, which holds the other fields: remove them, or the campaign"
    ),
    "minItems": _size("it is empty; write at least {limit}"),
    "uniqueItems": _size("something stands in it twice"),
}
