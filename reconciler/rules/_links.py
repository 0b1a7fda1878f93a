"""The links in a text, as a phone makes them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.sms import PLACEHOLDER
from reconciler.rules._base import as_read

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAYBE = re.compile(r"[.]\w")
"""Begins with a literal, so that nearly every text is done with in a microsecond."""
_LINK = re.compile(
    r"(?<![\w@])(?<!\w-)"
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]{0,20})://(?:[^\s/?#@]{0,200}@)?)?"
    r"(?P<mail>[^\s@/]{1,64}@)?"
    r"(?P<host>[^\W_][\w-]*(?(scheme)(?:\.[\w-]+)*|(?:\.[\w-]+)+)|(?(scheme)\[[0-9a-f:.]{2,60}\]|(?!)))"
    r"(?P<path>[.:]*[0-9]*[/?#]\S*)?"
)
"""A whole link, path included, so that what looks like a host in a path is none."""

_SENTENCE = re.compile(r"[a-z]+\.[A-Z][a-z]*")
"""A full stop without the blank behind it: ``Thank u.To opt out``."""

_LINKED = frozenset(
    """
    app ai bank biz ca care cc clinic co com dental dev edu gov health help info io is law link live me mobi mx
    net online org page pro shop site store to top tv uk us xyz
    """.split()  # noqa: SIM905
)
"""Top-level names by which a phone takes a bare name for a link."""


_LONGEST = 253
"""Characters of a host name (RFC 1035 section 2.3.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link: its host in lower case, without a root dot, where it begins in the content, and its scheme if written.

    ``bare``: neither scheme nor path is written. ``address`` is the host as the content has it.
    """

    host: str
    at: int
    scheme: str | None
    bare: bool
    address: str

    @property
    def likely(self) -> bool:
        """Whether a phone makes a link of it: by its scheme or path, or by a top-level name that is in use."""
        top = self.host.rpartition(".")[2]
        return self.scheme is not None or (
            (not self.bare and len(top) > 1 and top.isalpha()) or top in _LINKED
        )

    def within(self, hosts: frozenset[str] | tuple[str, ...]) -> str | None:
        """The one of ``hosts`` that this is, or is below; compared as whole names."""
        labels = self.host[-_LONGEST:].split(".")
        return next((name for at in range(len(labels)) if (name := ".".join(labels[at:])) in hosts), None)


def links(content: str) -> Iterator[Link]:
    """Every link of a text, a mail address is none. Hidden characters split no host, placeholders are part of one."""
    if content.isascii() and "://" not in content and not _MAYBE.search(content):
        return
    read, places = as_read(PLACEHOLDER.sub(lambda match: "x" * len(match[0]), content))
    for match in _LINK.finditer(_folded(read)):
        if match["mail"]:
            continue
        address = read[match.start("host") : match.end("host")]
        bare = match["scheme"] is None and match["path"] is None
        if bare and _SENTENCE.fullmatch(address):
            continue
        yield Link(
            host=match["host"].rstrip("."),
            at=places[match.start("host")],
            scheme=match["scheme"],
            bare=bare,
            address=address,
        )


def _folded(content: str) -> str:
    """Lower case and compatibility forms, character by character, so that offsets stay what they were."""
    if content.isascii():
        return content.lower()
    forms = ((char, unicodedata.normalize("NFKC", char).lower().replace("。", ".")) for char in content)
    return "".join(form if len(form) == 1 else char for char, form in forms)
