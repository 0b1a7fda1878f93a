"""An HTML report as a browser reads it, by html.parser: what is on it, and proof that nothing else is."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "article"),
    *("h1", "h2", "h3", "h4", "p", "div", "span", "strong", "a", "ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "time", "code"),
    *(
        "bdi",
        "mark",
        "br",
        "details",
        "summary",
        "ins",
        "del",
        "svg",
        "path",
        "rect",
        "line",
        "symbol",
        "use",
    ),
}
ATTRIBUTES = {
    *(
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "id",
        "class",
        "href",
        "role",
        "scope",
        "dir",
        "datetime",
    ),
    *("aria-label", "aria-labelledby", "aria-hidden", "data-label", "reversed", "viewBox", "d", "overflow"),
    *("open", "rel", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "rx"),
}
VOID = {"meta", "br"}


class Node:
    """An element: its name, attributes, and children, of which texts are ``str``."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Node | str] = []

    @property
    def text(self) -> str:
        """All text in it, in order."""
        return "".join(one if isinstance(one, str) else one.text for one in self.children)

    @property
    def exact(self) -> str:
        """The foreign text in it as it was: what stands in a ``mark`` is a spelling."""
        if self.name == "mark":
            return re.sub(r"\\(?:u\{([0-9A-F]+)\}|([nrt]))", _unspelled, self.text)
        return "".join(one if isinstance(one, str) else one.exact for one in self.children)

    def all(self, name: str, **attributes: str) -> list[Node]:
        """Every element of a name in it, with these attributes (``class_`` for ``class``)."""
        wanted = {key.rstrip("_"): value for key, value in attributes.items()}.items()
        return [one for one in self.every() if one.name == name and wanted <= one.attributes.items()]

    def every(self) -> Iterator[Node]:
        """All elements in it, in order."""
        waiting = self.children[::-1]
        while waiting:
            one = waiting.pop()
            if isinstance(one, Node):
                yield one
                waiting += one.children[::-1]


def _unspelled(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else {"n": "\n", "r": "\r", "t": "\t"}[match[2]]


class Page(HTMLParser):
    """Reading it asserts that only our elements and attributes are there, in balance, and no other address."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]
        self.feed(source)
        self.close()
        assert self.open == [self.root], [node.name for node in self.open]
        ids = [node.attributes["id"] for node in self.root.every() if "id" in node.attributes]
        assert len(ids) == len(set(ids)), "an id stands twice"
        for link in self.root.all("a"):
            away = link.attributes.get("rel") == "noreferrer"
            known = re.fullmatch(r"https://[^\s<>\"'\\@]+", link.attributes["href"]) if away else None
            assert known or link.attributes["href"].removeprefix("#") in ids, link.attributes

    def handle_starttag(self, tag, attrs):
        assert tag in ELEMENTS, tag
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), attrs
        assert {_cased(name) for name in names} <= ATTRIBUTES, attrs
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop().name == tag, tag

    def handle_data(self, data):
        self.open[-1].children.append(data)

    def handle_decl(self, decl):
        assert decl == "DOCTYPE html", decl

    def handle_comment(self, data):
        raise AssertionError(f"a comment or the like: {data}")

    handle_pi = unknown_decl = handle_comment


def _cased(name: str) -> str:
    """The parser puts names in lower case; SVG's own have capitals."""
    return {"viewbox": "viewBox"}.get(name, name)
