"""Bodies of the tenant's answers: read up to a limit, parsed, or reduced to one redacted line of an error."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import httpx

from reconciler.core import lossless_json
from reconciler.core.hidden import is_break, is_hidden
from reconciler.core.model import SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable

    from reconciler.core.model import Json

BODY_LIMIT = 16 * 1024 * 1024
"""Bytes of an answer's body, decompressed, that are read."""

_LINE_LIMIT = 200
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_TITLES = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)
_INVISIBLE = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)
_KEYS = (
    ("title", "detail"),  # RFC 9457
    (
        "error",
        "error_description",
        "errorDescription",
        "error_Description",
        "message",
    ),  # RFC 6749, and the vendor's
    ("code", "message", "description", "reason"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer on the wire. ``flaw`` says why its body could not be read; ``attempts`` counts the tries."""

    status: int
    headers: httpx.Headers
    body: bytes
    request_id: str
    flaw: str = ""
    attempts: int = 1


async def read_body(response: httpx.Response) -> tuple[bytes, str]:
    """The body, and what is wrong with it. What exceeds the limit is not read."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in _stream(response):
            parts.append(part)
            size += len(part)
            if size > BODY_LIMIT:
                return b"", f"its body is larger than {BODY_LIMIT} bytes"
    except httpx.DecodingError:
        return b"", "its body cannot be decompressed"
    return b"".join(parts), ""


def parse(answer: Answer) -> tuple[Json, str]:
    """The JSON of a successful answer, None where it has no body, and what is wrong with it."""
    if answer.flaw or not answer.body:
        return None, answer.flaw
    kind = answer.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind.rpartition("/")[2] != "json" and not kind.endswith("+json"):
        return None, f"its body is not JSON but {one_line(kind) or 'of no type'}"
    try:
        return lossless_json.loads(answer.body), ""
    except ValueError as error:
        return None, f"its body is not JSON: {one_line(str(error))}"


def said(answer: Answer, secrets: Iterable[str]) -> str:
    """The message in an error's body, redacted, on one line; empty where the body has none in words."""
    text = answer.body[: 64 * 1024].decode("utf-8", "replace")
    return one_line(_of_json(text) if text.lstrip()[:1] in {"{", "[", '"'} else _of_markup(text), secrets)


def one_line(text: str, secrets: Iterable[str] = ()) -> str:
    """Text of unknown origin made fit for a terminal and a log: no secrets, at most 200 characters."""
    known = tuple(secrets)
    visible = "".join(map(_visible, _ESCAPES.sub("", _redact(text, known))))
    line = _redact(" ".join(visible.split()), known)
    return line if len(line) <= _LINE_LIMIT else line[: _LINE_LIMIT - 1] + "…"


def _stream(response: httpx.Response) -> AsyncIterable[bytes]:
    if "content-encoding" in response.headers:
        return response.aiter_bytes()
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return response.stream


def _redact(text: str, secrets: tuple[str, ...]) -> str:
    """Replace secrets, also as a form or JSON spells them; the longest first, since one may hold another."""
    forms = {form for secret in secrets for form in _forms(secret)}
    for form in sorted(forms - {""}, key=lambda form: (-len(form), form)):
        text = text.replace(form, SECRET)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    escaped = json.dumps(secret)[1:-1]
    return (
        secret,
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
        escaped,
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
    )


def _visible(character: str) -> str:
    if is_break(character):
        return " "
    return "" if is_hidden(character) else character


def _of_json(text: str) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _words(value, 0)


def _words(value: Json, depth: int) -> str:
    """The words of an error object: problem+json, ``{error, error_description}``, ``{errors: [...]}``."""
    if isinstance(value, str):
        return value
    if depth > 3 or not isinstance(value, (dict, list)):
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (_words(item, depth + 1) for item in value[:5])))
    found: list[str] = []
    for keys in _KEYS:
        if not found:
            found = [_words(value[key], depth + 1) for key in keys if key in value]
    if "errors" in value:
        found.append(_words(value["errors"], depth + 1))
    if isinstance(field := value.get("field"), str):
        found.insert(0, field)
    return ": ".join(dict.fromkeys(filter(None, found)))


def _of_markup(text: str) -> str:
    if "<" not in text:
        return text
    title = _TITLES.search(text)
    return html.unescape(_INVISIBLE.sub(" ", title.group(2) if title else text))
