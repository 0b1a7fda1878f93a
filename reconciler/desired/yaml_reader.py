"""YAML text to Documents, straight from the event stream: no node tree, no positions kept.

The first of two equal keys counts. Merge keys are refused (help files), as are tags and keys that are
no text; a document that has one is dropped, since what it says is not what its author meant.
"""

from __future__ import annotations

import marshal
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.core.model import Document
from reconciler.desired.raw_separators import raw_separators
from reconciler.desired.reading import Note, Reading, identity
from reconciler.desired.schema_files import free_texts
from reconciler.desired.yaml_aliases import Anchors, BadAlias
from reconciler.desired.yaml_events import (
    STR_TAG,
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    StreamStartEvent,
    YAMLError,
    broken,
    event_source,
)
from reconciler.desired.yaml_scalars import TYPED_STARTS, brief, cut_off, resolve, trailing_break, yaml_type
from reconciler.rules.codes import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.model import Json
    from reconciler.desired.yaml_events import Event

MAX_DEPTH = 20

_ITEM = "[]"
"""Stands for the pending key inside a sequence; compared by identity, so a key of this text does no harm."""

_ALIKE = 2
"""The last version of marshal that writes equal values alike, however they are referred to."""

COMMENT = re.compile(r"[ \t]+(?=#)")


class _Stop(Exception):
    pass


def read(text: str, file: str, clock: Callable[[], float]) -> Reading:
    """All documents of one file, and what is wrong with them; never raises for what the file says."""
    reader = _Reader(text, file, clock)
    try:
        reader.read()
    except _Stop:
        pass
    except YAMLError as error:
        stopped = broken(error, text)
        reader.note("CX002", stopped.message, stopped.at)
    reader.settle()
    documents = tuple(reader.documents)
    if (separated := raw_separators(text)) is not None:
        reader.notes.append(Note(*separated, -1))
        documents = tuple(replace(each, line=_line(text, each)) for each in documents)
    return Reading(file=file, content=text.encode(), documents=documents, notes=tuple(reader.notes))


def _line(text: str, document: Document) -> int:
    """Where the document begins, by the lines of editors: libyaml counts more."""
    from reconciler.desired.positions import locate

    return locate(text, document.index, ()).line


class _Reader:
    """``read`` is the hot loop: only scalars are dealt with there, all that is rarer has a method."""

    def __init__(self, text: str, file: str, clock: Callable[[], float]) -> None:
        self.text = text
        self.file = file
        self.clock = clock
        self.documents: list[Document] = []
        self.notes: list[Note] = []
        self.unsettled = 0
        self.index = -1
        self.began = 0.0
        self.opens = 0
        self.line = 1
        self.sound = True
        self.stack: list[tuple[Any, str, Any, int]] = []
        self.anchors = Anchors()
        self.blocks: dict[bytes, Json] = {}
        self.commented = " #" in text or "\t#" in text

    def read(self) -> None:
        get = event_source(self.text)
        shared: dict[str, str] = {}
        top: Json = []
        key: str | None = _ITEM
        while True:
            event = get()
            if event.__class__ is not ScalarEvent:
                if event.__class__ is StreamEndEvent:
                    return
                top, key = self.structure(event, top, key)
                continue
            value: Json = event.value
            if key is None:
                if value in top or value == "<<" or event.anchor is not None or event.tag is not None:
                    self.odd_key(event, top)
                key = shared.setdefault(value, value)
                continue
            if event.style:
                if value[-1:] == "\n" and event.style in "|>":
                    self.trailing(event)
            elif event.tag is None and (value[:1] in TYPED_STARTS or self.commented):
                value = self.plain(event, key)
            if event.anchor is not None or event.tag is not None:
                self.properties(event, value)
            if value.__class__ is str:  # a campaign's words stand in each of its templates
                value = shared.setdefault(value, value)
            if key is _ITEM:
                top.append(value)
            else:
                # A second value of the same key is read and dropped: the duplicate has its note.
                top.setdefault(key, value)
                key = None

    def structure(self, event: Event, top: Json, key: str | None) -> tuple[Json, str | None]:
        """Events other than scalars; returns the container that is now filled, and its pending key."""
        kind = event.__class__
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            return self.leave(event, top)
        if kind is DocumentStartEvent:
            self.index += 1
            self.began = self.clock()
            self.opens, self.line, self.sound = event.start_mark.index, 1, True
            self.anchors.forget()
            return [], _ITEM
        if kind is DocumentEndEvent:
            self.finish(top[0])
            return [], _ITEM
        if kind is StreamStartEvent:
            return top, key
        if key is None:
            self.refuse(
                "CX002",
                "Not YAML that is read here: a key must be text. Put a text that begins with {{ in quotes.",
                event,
            )
            raise _Stop
        if kind is AliasEvent:
            return self.place(self.alias(event), top, key)
        return self.enter(event, top, key)

    def place(self, value: Json, top: Json, key: str) -> tuple[Json, str | None]:
        if key is _ITEM:
            top.append(value)
            return top, _ITEM
        top.setdefault(key, value)
        return top, None

    def enter(self, event: Event, top: Json, key: str) -> tuple[Json, str | None]:
        mapping = event.__class__ is MappingStartEvent
        inner: Json = {} if mapping else []
        self.properties(event, None)
        self.place(inner, top, key)
        if not self.stack:
            self.line = event.start_mark.line + 1
        self.stack.append((top, key, event, self.anchors.added))
        if len(self.stack) > MAX_DEPTH:
            self.refuse("CX002", f"Nested too deep: more than {MAX_DEPTH} levels. No kind needs five.", event)
            raise _Stop
        return inner, None if mapping else _ITEM

    def leave(self, event: Event, inner: Json) -> tuple[Json, str | None]:
        top, key, opened, before = self.stack.pop()
        if opened.anchor is not None:
            self.anchors.close(opened, event, inner, before)
        elif len(self.stack) == 1 and key is not _ITEM and top[key] is inner:
            # Templates of one campaign have the same block: a third of what very many documents take.
            top[key] = self.blocks.setdefault(marshal.dumps(inner, _ALIKE), inner)
        return top, (_ITEM if key is _ITEM else None)

    def finish(self, body: Json) -> None:
        """A document has ended: keep it if it is one. Nothing at all (comments, a second ``---``) is none."""
        if isinstance(body, dict):
            document = self.document(body)
            if self.sound:
                self.documents.append(document)
            if len(self.notes) > self.unsettled:
                self.settle(document.kind, identity(body))
            return
        if body is not None:
            message = "Not a document: each is a mapping of keys, beginning with `apiVersion: reconciler/v1`."
            self.note("CX004", message, self.opens)
        self.settle()

    def document(self, body: dict[str, Any]) -> Document:
        kind = body.get("kind")
        return Document(
            kind=kind if isinstance(kind, str) else "",
            body=body,
            file=self.file,
            line=self.line,
            index=self.index,
            began=self.began,
        )

    def settle(self, kind: str = "", target: str | None = None) -> None:
        """Tell the notes made since the last document whose they are."""
        recent = self.notes[self.unsettled :]
        self.notes[self.unsettled :] = [note._replace(kind=kind, target=target) for note in recent]
        self.unsettled = len(self.notes)

    def note(self, code: str, message: str, at: int, key: str | None = None) -> None:
        """``key`` is where the one value stands that is in doubt."""
        doubtful = self.stack[1][1] if key is not None and len(self.stack) > 1 else key
        self.notes.append(Note(problem(code, message), at, self.index, key=doubtful))

    def refuse(self, code: str, message: str, event: Event) -> None:
        """A note after which the document cannot be trusted to say what its author meant."""
        self.sound = False
        self.note(code, message, event.start_mark.index)

    def odd_key(self, event: Event, top: Json) -> None:
        name = event.value
        if event.anchor is not None or event.tag is not None:
            self.refuse("CX002", "Not YAML that is read here: a key has no tag and no anchor.", event)
        elif name in top:
            first = self.first_line(name)
            self.note(
                "CX003",
                f"Duplicate key: `{brief(name)}` stands here again, first on line {first}. Remove one.",
                event.start_mark.index,
                name,
            )
        elif not event.style:
            self.refuse("CX010", "Merge key: `<<` is not read here. Write the keys out.", event)

    def first_line(self, name: str) -> int:
        from reconciler.desired.positions import locate

        path = (len(top) - 1 if key is _ITEM else key for top, key, _, _ in self.stack[1:])
        return locate(self.text, self.index, (*path, name), key=True).line

    def plain(self, event: Event, key: str) -> Json:
        """A plain scalar that YAML might read as something else than text, or that a comment might cut."""
        text: str = event.value
        if self.commented:
            self.comment(event, self.stack[-1][1] if key is _ITEM and self.stack else key)
        if text[:1] not in TYPED_STARTS:
            return text
        value, unlike = resolve(text, key)
        # Nothing that stands under `secret` is ever repeated; the schema says what belongs there.
        if unlike is not None and key != "secret" and all(frame[1] != "secret" for frame in self.stack):
            self.note("CX007", yaml_type(text, unlike), event.start_mark.index)
        return value

    def trailing(self, event: Event) -> None:
        self.note("CX009", trailing_break(event.style), event.start_mark.index)

    def comment(self, event: Event, key: str) -> None:
        cut = COMMENT.match(self.text, event.end_mark.index)
        if cut is not None and key in free_texts():
            self.note("CX008", cut_off(key), cut.end(), key)

    def properties(self, event: Event, value: Json) -> None:
        """Tags are refused, save ``!!str``; an anchor is remembered."""
        if event.tag is not None and event.tag != STR_TAG:
            self.refuse("CX002", "Not YAML that is read here: tags (`!…`) are refused. Remove it.", event)
        if event.anchor is not None:
            if event.__class__ is ScalarEvent:
                self.anchors.scalar(event, value)
            else:
                self.anchors.open(event.anchor)

    def alias(self, event: Event) -> Json:
        try:
            return self.anchors.follow(event.anchor)
        except BadAlias as bad:
            self.refuse(bad.code, bad.message, event)
            if bad.fatal:
                raise _Stop from None
            return None
