"""What ``validate --fix`` writes: missing quotes (CX007), trailing line breaks (CX009), stray blanks (CX116).

Only the scalar's own characters change. A file is written back only if reading it again gives the same documents
but for these scalars; whatever is in doubt (an anchor, a tag, a null, a number where one is meant) stays.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.errors import ReconcilerError
from reconciler.core.lines import LINE_BREAK
from reconciler.desired import whole_file
from reconciler.desired.discovery import Unreadable, find, text_of
from reconciler.desired.positions import place, span_of
from reconciler.desired.schema import schemas
from reconciler.desired.schema_files import free_texts
from reconciler.desired.yaml_reader import COMMENT, read
from reconciler.desired.yaml_scalars import brief, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.core.model import Document, Finding, Json, Path
    from reconciler.desired.positions import Span

_FIXED = frozenset({"CX007", "CX009", "CX116"})
_BOM = "\ufeff"
_HEADER = re.compile(r"[|>][0-9+-]{0,2}")
_PROPERTIES = re.compile(r"(?:^|[\s,:\[{-])[&!]\S*\s+\Z")
_STRAY = re.compile(r"(?<=^.) +| {2,}| +(?=.$)")
"""Blanks inside of quotes on one line: after the first quote, before the last, and in a row."""
_QUOTABLE = re.compile(r"[^\s\"\\]+(?: [^\s\"\\]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One fix: where it was made, and what was done, in words."""

    file: str
    line: int
    code: str
    what: str


class Patch(NamedTuple):
    """Code points ``start`` to ``end`` of a text that become ``new``, and which value of a document that changes."""

    start: int
    end: int
    new: str
    document: int
    path: Path
    value: str
    code: str


def fix(paths: Sequence[str], findings: Iterable[Finding]) -> tuple[Fix, ...]:
    """Fix the files at ``paths`` where they stand. ReconcilerError where one cannot be written.

    ``findings`` are those of the same files: what a rule has nothing against, or a waiver or the Policy excuses, stays.
    """
    told = {(each.file, each.line) for each in findings if each.code == "CX116"}
    found: list[Fix] = []
    for source in find(paths):
        try:
            content, _ = source.read()
            text = text_of(content)
        except Unreadable:
            continue  # validating says so
        patches = tuple(
            patch
            for patch in patches_for(text)
            if patch.code != "CX116" or (source.file, place(text, patch.start).line) in told
        )
        if patches:
            mark = _BOM if content.startswith(_BOM.encode()) else ""
            _write(source.path, source.file, (mark + patched(text, patches)).encode())
            found += (_told(patch, source.file, text) for patch in patches)
    return tuple(found)


def fixable(findings: Iterable[Finding], texts: Mapping[str, str]) -> int:
    """How many of the findings ``fix`` would fix; ``texts`` are the files' by name."""
    places = Counter((each.file, each.line, each.code) for each in findings if each.code in _FIXED)
    found = Counter(
        (file, place(texts[file], patch.start).line, patch.code)
        for file in {each[0] for each in places}
        for patch in patches_for(texts[file])
    )
    return (places & found).total()


def patched(text: str, patches: Sequence[Patch]) -> str:
    """The text with the patches in it, which are sorted and do not overlap."""
    parts, at = [], 0
    for patch in patches:
        parts += [text[at : patch.start], patch.new]
        at = patch.end
    return "".join([*parts, text[at:]])


def patches_for(text: str) -> tuple[Patch, ...]:
    """The patches for one file's text; nothing where the result would not mean what it should."""
    reading = read(text, "", _no_clock)
    patches = sorted(
        patch
        for document in reading.documents
        if document.kind in schemas()
        for path, schema in _texts(document.body, schemas()[document.kind])
        for patch in _patches(text, document, path, schema)
    )
    return tuple(patches) if patches and _holds(text, patches, reading.documents) else ()


def _texts(value: Json, schema: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every scalar for which the schema asks for text, with its value. Secrets are left alone."""
    if path == ("secret",):
        return
    if isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        for key, inner in value.items():
            if isinstance(below := known.get(key, other), dict):
                yield from _texts(inner, below, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _texts(inner, schema.get("items", {}), (*path, at))
    elif schema.get("type") == "string" and isinstance(value, str | int):
        yield path, value


def _patches(text: str, document: Document, path: Path, value: Json) -> tuple[Patch, ...]:
    span = span_of(text, document.index, path)
    if span is None or span.style is None or _PROPERTIES.search(text[max(0, span.start - 200) : span.start]):
        return ()
    one = None
    if span.style == "":
        one = _quotes(text, span, document.index, path)
    elif span.style in "|>" and isinstance(value, str) and value.endswith("\n"):
        one = _chomping(text, span, document.index, path)
    elif span.style in "\"'" and path == ("content",):
        return tuple(_blanks(text, span, document.index, path))
    return (one,) if one is not None else ()


def _blanks(text: str, span: Span, index: int, path: Path) -> Iterator[Patch]:
    """Each stray blank of a text in quotes on one line, without escapes that are blanks too."""
    written = text[span.start : span.end]
    value = re.sub(" {2,}", " ", span.value.strip(" "))
    if (
        not value
        or value == span.value
        or len(LINE_BREAK.split(written)) > 1
        or re.search(r"\\[ t_nNLP]", written)
    ):
        return
    for stray in _STRAY.finditer(written):
        inside = stray.start() > 1 and stray.end() < len(written) - 1
        start = span.start + stray.start()
        yield Patch(start, span.start + stray.end(), " " if inside else "", index, path, value, "CX116")


def _quotes(text: str, span: Span, index: int, path: Path) -> Patch | None:
    """Quotes for a number, a boolean or a date; whether somebody meant nothing by a null, nobody knows."""
    written = text[span.start : span.end]
    key = str(path[-1]) if isinstance(path[-1], str) else ""
    value, unlike = resolve(written, key)
    typed = isinstance(value, int) if unlike is None else unlike != "null"
    # CX008: quotes here would hide that a text is cut off.
    cut = _name(path) in free_texts() and COMMENT.match(text, span.end)
    if not typed or cut or written != span.value or not _QUOTABLE.fullmatch(written):
        return None
    return Patch(span.start, span.end, f'"{written}"', index, path, written, "CX007")


def _chomping(text: str, span: Span, index: int, path: Path) -> Patch | None:
    header = _HEADER.match(text, span.start)
    if header is None:
        return None
    new = header[0].replace("+", "") + "-"
    return Patch(span.start, header.end(), new, index, path, span.value.rstrip("\n"), "CX009")


def _holds(text: str, patches: Sequence[Patch], before: Sequence[Document]) -> bool:
    """Whether the patched text reads as the same documents, with these values in the patched places."""
    wanted = {(patch.document, patch.path): patch.value for patch in patches}
    bodies = [_with(document.body, document.index, wanted) for document in before]
    after = read(patched(text, patches), "", _no_clock).documents
    return bodies == [document.body for document in after]


def _with(value: Json, index: int, wanted: Mapping[tuple[int, Path], str], path: Path = ()) -> Json:
    if isinstance(value, dict):
        return {key: _with(inner, index, wanted, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with(inner, index, wanted, (*path, at)) for at, inner in enumerate(value)]
    return wanted.get((index, path), value)


def _no_clock() -> float:
    """A clock for documents whose loading time nobody asks for."""
    return 0.0


def _told(patch: Patch, file: str, text: str) -> Fix:
    name = _name(patch.path)
    old = text[patch.start : patch.end]
    what = f"{brief(name)}: {brief(old)} is now {brief(patch.new)}"
    return Fix(file=file, line=place(text, patch.start).line, code=patch.code, what=what)


def _name(path: Path) -> str:
    """The key under which the value stands, be it in a list."""
    return next(part for part in reversed(path) if isinstance(part, str))


def _write(path: str, shown: str, content: bytes) -> None:
    try:
        whole_file.put(path, [content])
    except OSError as error:
        raise ReconcilerError(
            f"Cannot be fixed: {shown} cannot be written: {error.strerror}. Make the file and its folder writable, or "
            "fix it by hand as `reconciler validate` says."
        ) from None
