"""HTML that is safe by construction: whatever is not ``Markup`` already is escaped, and made visible.

What ``visible`` spells out stands in a ``<mark>``, so that a text that holds a spelling itself looks different, and the
exact text can be had back.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from reconciler.outputs._visible import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_VOID = frozenset({"meta", "use", "rect", "line", "path", "br"})
_COMMAND = re.compile(r"(##\w*)\[")


class Markup(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


Content = str | Markup


def element(name: str, /, *content: Content, **attributes: str | int | None) -> Markup:
    """One element. Attributes that are None are left out; ``class_`` is ``class``, ``data_label`` is ``data-label``."""
    given = "".join(
        f' {_attribute(key)}="{_escaped("".join(said for said, _ in spelled(str(value))))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{given}>" if name in {"meta", "br"} else f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{join(content)}</{name}>")


def join(content: Iterable[Content], between: str = "") -> Markup:
    """Contents in a row; ``between`` is markup already."""
    return Markup(between.join(text(part) for part in content))


def text(content: Content) -> Markup:
    """Foreign text as it is to be seen; markup as it is."""
    return content if isinstance(content, Markup) else Markup("".join(_runs(content)))


def foreign(content: str) -> Markup:
    """Foreign text in a ``<bdi>``: what runs from right to left does not reorder the text around it."""
    return element("bdi", content)


def code(content: str) -> Markup:
    """An identifier, a hash, a command."""
    return element("code", content)


def when(at: str) -> Markup:
    """A record's time, to the second, in UTC."""
    return element("time", f"{at[:10]} {at[11:19]} UTC", datetime=at)


def day(date: str) -> Markup:
    """A day."""
    return element("time", date, datetime=date)


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _runs(content: str) -> Iterator[str]:
    for said, hidden in spelled(content):
        yield f"<mark>{_escaped(said)}</mark>" if hidden else _escaped(said)


def _escaped(said: str) -> str:
    """Also inert for a CI runner that the page is printed to, which obeys a ``##[`` anywhere."""
    return _COMMAND.sub(r"\1&#91;", escape(said)) if "##" in said else escape(said)
