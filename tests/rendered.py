"""Markdown as GitHub reads it, by markdown-it: what of it would be seen, and proof that nothing else is in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

OURS = {"details", "summary", "code"}
_ACTS = re.compile(r"@\w|://|www\.|#\d|GH-\d|[\w.]+@\w|\b[0-9a-f]{40}\b|<|&\w+;")
"""What GitHub makes links and mentions of in text outside of code: people, addresses, issues, commits."""


class _Tags(HTMLParser):
    """One HTML block: its tags without attributes, its text, and which of that is in ``code``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.opened = False
        self.code = False
        self.text = ""
        self.outside = ""

    def handle_starttag(self, tag, attrs):
        assert tag in OURS, tag
        assert not attrs or (tag, attrs) == ("details", [("open", None)]), attrs
        self.opened |= bool(attrs)
        self.tags.append(tag)
        self.code = tag == "code"

    def handle_endtag(self, tag):
        assert tag in OURS, tag
        self.tags.append(f"/{tag}")
        self.code = False

    def handle_data(self, data):
        self.text += data
        self.outside += "" if self.code else data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


class Page:
    """One comment. Making it asserts that it is inert: no link, image, mention, nor HTML but our folds, balanced."""

    def __init__(self, text: str) -> None:
        self.headings: list[str] = []
        self.paragraphs: list[str] = []
        self.spans: list[list[tuple[str, str]]] = []
        self.boxes: dict[str, str] = {}
        self.tables: list[list[list[str]]] = []
        self.folds: list[tuple[str, str]] = []
        self.opened: list[str] = []
        self._depth = 0
        self._box: str | None = None
        self._at = ""
        for token in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text):
            self._read(token)
        assert self._depth == 0, "a fold is left open"
        assert text.endswith("\n")
        for line in text.split("\n"):
            assert not line.lstrip().startswith("::"), line
            assert "##[" not in line, line

    def _read(self, token) -> None:
        kind = token.type
        if kind == "html_block":
            self._html(token.content)
        elif kind == "inline":
            self._inline(token)
        elif kind == "fence":
            assert token.info in {"diff", "yaml", "text"}, token.info
            self._into_fold(token.content)
        elif kind == "blockquote_open":
            self._box = ""
        elif kind == "blockquote_close":
            self._box = None
        elif kind == "table_open":
            self.tables.append([])
        elif kind == "tr_open":
            self.tables[-1].append([])
        else:
            assert kind.removesuffix("_open").removesuffix("_close") in _BLOCKS, kind
        self._at = kind

    def _html(self, content: str) -> None:
        parser = _Tags()
        parser.feed(content)
        parser.close()
        assert not _ACTS.search(parser.outside), parser.outside
        if parser.tags == ["/details"]:
            assert self._depth == 1
            self._depth = 0
            return
        assert self._depth == 0
        assert parser.tags[:2] == ["details", "summary"], parser.tags
        assert parser.tags[-1] == "/summary", parser.tags
        inside = parser.tags[2:-1]
        assert inside == ["code", "/code"] * (len(inside) // 2), inside
        self._depth = 1
        self.folds.append((" ".join(parser.text.split()), ""))
        self.opened += [self.folds[-1][0]] if parser.opened else []

    def _inline(self, token) -> None:
        spans = []
        for child in token.children:
            assert child.type in {
                *("text", "code_inline", "softbreak", "strong_open", "strong_close", "em_open", "em_close"),
            }, (child.type, child.content)
            if child.type == "text":
                assert not _ACTS.search(child.content), child.content
            spans.append((child.type, child.content))
        said = "".join("\n" if kind == "softbreak" else content for kind, content in spans)
        self.spans.append([(kind, content) for kind, content in spans if content])
        if self._at == "heading_open":
            self.headings.append(said)
        elif self._at in {"th_open", "td_open"}:
            self.tables[-1][-1].append(said)
        elif self._box is not None:
            self._boxed(said)
        else:
            self.paragraphs.append(said)
            self._into_fold(said)

    def _boxed(self, said: str) -> None:
        if self._box == "":
            name = re.fullmatch(r"\[!([A-Z]+)\]", said.partition("\n")[0])
            assert name is not None, said
            self._box = name[1]
            self.boxes[self._box] = ""
        else:
            self.boxes[str(self._box)] += f"{said}\n"

    def _into_fold(self, said: str) -> None:
        if self._depth:
            title, body = self.folds[-1]
            self.folds[-1] = (title, f"{body}{said}\n")


_BLOCKS = {
    *(
        "heading",
        "paragraph",
        "bullet_list",
        "list_item",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "hr",
        "blockquote",
    ),
}
