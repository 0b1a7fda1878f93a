"""What an answer to a read means: an object by id, a page of a list, or that the tenant has no such call."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.core.canonical import printable
from reconciler.core.diff import moved
from reconciler.core.errors import WrongShape

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from reconciler.core.model import Live, Value
    from reconciler.core.wire import Request, Response
    from reconciler.kinds._base import Kind

MOST_PAGES = 10_000
MOST_EMPTY_PAGES = 100
LONGEST_CURSOR = 4_096
"""Bytes of a cursor in UTF-8: what is longer would not fit into a URL that servers take."""

_SHOWN = 60
NOT_FOUND = 404
FORBIDDEN = 403
_NO_SUCH_CALL = frozenset({404, 405, 501})


def found(response: Response) -> bool:
    """Whether a read was answered with success."""
    return 200 <= response.status < 300 and not response.error


def no_such_call(response: Response) -> bool:
    """Whether the tenant says that it does not have the call at all: 404, 405 or 501."""
    return response.status in _NO_SUCH_CALL


def may_pass(response: Response) -> bool:
    """Whether the same read may be answered later: there was no answer, too many asked, or the tenant is in trouble."""
    return response.status in {0, 429} or (response.status >= 500 and not no_such_call(response))


def complete(kind: Kind, live: Live) -> bool:
    """Whether a live object has every compared field of its kind; an item of a list may be a summary."""
    return live.version is not None and all(name in live.fields for name in kind.fields)


def called(request: Request, response: Response) -> str:
    """How an error names the call that was answered amiss: with the request id, for whoever asks the vendor."""
    return f"{request.call} (request {response.request_id})" if response.request_id else request.call


def strong(etag: str | None) -> str | None:
    """The entity tag where it can guard a write: If-Match compares strongly (RFC 9110 section 13.1.1)."""
    return None if etag is None or etag[:2].upper() == "W/" else etag


def whole(kind: Kind, response: Response, request: Request, target: str) -> Live:
    """The object that a read by id answered. WrongShape where a field is missing or it is another object."""
    live = kind.live(response.body, called(request, response))._replace(etag=strong(response.etag))
    missing = [name for name in kind.fields if name not in live.fields]
    if missing:
        raise WrongShape(
            f"{called(request, response)}: the {kind.name} has no {', '.join(map(repr, missing))}."
        )
    if live.version is None:
        raise WrongShape(
            f"{called(request, response)}: the {kind.name} has no 'meta.updated_at', so nothing guards a write of it."
        )
    if live.target != target:
        raise WrongShape(
            f"{called(request, response)}: the answer is the {kind.name} {live.target!r}, another than was asked for."
        )
    return live


def tellable(live: Live) -> Live:
    """The object in texts that a plan and a log can hold; its wire object stays as it was read.

    A tenant that cuts a text after so many UTF-16 units leaves half an emoji, which has neither UTF-8 nor a digest.
    """
    texts: tuple[Any, ...] = (live.id, live.version, *live.fields.values())
    with suppress(TypeError, UnicodeEncodeError):  # a tuple among them, or half an emoji
        "".join(filter(None, texts)).encode()
        return live
    return live._replace(
        id=printable(live.id) if live.id is not None else None,
        version=printable(live.version) if live.version is not None else None,
        fields={name: _told(value) for name, value in live.fields.items()},
    )


def _told(value: Value) -> Value:
    if isinstance(value, str):
        return printable(value)
    return tuple(map(printable, value)) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEnd:
    """How the reading of a list ended: the last answer, after how many pages, and whether more would follow."""

    response: Response
    pages: int
    more: bool = False

    @property
    def absent(self) -> bool:
        """Whether the tenant does not have the list."""
        return self.pages == 0 and no_such_call(self.response)

    @property
    def refused(self) -> bool:
        """Whether the tenant has the list, but not for these credentials."""
        return self.pages == 0 and self.response.status == FORBIDDEN


def read_list(
    kind: Kind, take: Callable[[Live], bool | None], most: int | None = None
) -> Generator[Request, Response, ListEnd]:
    """A kind's list, page by page: requests are yielded, and their responses are to be sent in.

    Each object is handed to ``take``. Reading ends where that returns True, at an answer that is no success, after
    ``most`` pages, or with the list. WrongShape for a page that is none, and for a list that does not end.
    """
    cursor: str | None = None
    seen: set[str | None] = set()
    pages = empty = 0
    while True:
        request = kind.listing(cursor)
        response = yield request
        if not found(response):
            return ListEnd(response=response, pages=pages)
        items, cursor = _page(response, request)
        pages, empty = pages + 1, 0 if items else empty + 1
        more = cursor is not None
        if more and (cursor in seen or pages >= MOST_PAGES or empty >= MOST_EMPTY_PAGES):
            raise WrongShape(
                f"{called(request, response)}: the list does not end: {pages} pages, and the cursor "
                f"{_brief(cursor or '')} follows."
            )
        seen.add(cursor)
        call = called(request, response)
        if any(take(kind.live(item, call)) for item in items) or not more or pages == most:
            return ListEnd(response=response, pages=pages, more=more)


def cursor_of(response: Response) -> str | None:
    """Where a page says that the list goes on; None at its end, and where it is no page."""
    cursor = response.body.get("next_cursor") if found(response) and isinstance(response.body, dict) else None
    return cursor if isinstance(cursor, str) else None


def _page(response: Response, request: Request) -> tuple[list[object], str | None]:
    """A page's items and the next cursor. WrongShape where it is no page."""
    body = response.body
    items = body.get("items") if isinstance(body, dict) else None
    cursor = body.get("next_cursor") if isinstance(body, dict) else None
    if not isinstance(items, list) or not (cursor is None or isinstance(cursor, str)):
        raise WrongShape(
            f"{called(request, response)}: the answer is not a page of a list: expected {{items: [...], "
            "next_cursor: text or null}."
        )
    if cursor is not None and not _can_be_sent(cursor):
        raise WrongShape(
            f"{called(request, response)}: the list cannot be read on: its next_cursor, {_brief(cursor)}, is longer "
            f"than {LONGEST_CURSOR} bytes or no text that a URL can hold."
        )
    return items, cursor


def _can_be_sent(cursor: str) -> bool:
    """Half an emoji has no UTF-8, and so no place in a URL."""
    whole = not any("\ud800" <= character <= "\udfff" for character in cursor[:LONGEST_CURSOR])
    return whole and len(cursor) <= LONGEST_CURSOR and len(cursor.encode()) <= LONGEST_CURSOR


def _brief(cursor: str) -> str:
    return repr(cursor if len(cursor) <= _SHOWN else f"{cursor[:_SHOWN]}…")


def shows(live: Live, sent: Mapping[str, Value]) -> bool:
    """Whether all that was sent is to be seen; a summary proves nothing."""
    return all(name in live.fields for name in sent) and not moved(sent, live.fields)
