"""A text as its words are compared, never as it is sent: character for character, so that places stay what they are."""

from __future__ import annotations

import unicodedata

from reconciler.core import hidden

HIDDEN = "\0"
"""What stands in the place of a character without a shape. Within a word it makes it another word: ``ST`` U+FE0F
``OP`` is no ``STOP``; at its edge it counts for nothing."""

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Scripts that put no blanks between words, or hang endings on them (Thai, Lao, Burmese, Khmer, Chinese, Japanese,
Korean), written for a character class of ``re``."""

_SHAPES = {
    **dict.fromkeys("“”„«»「」『』《》〈〉【】", '"'),
    **dict.fromkeys("‘’‚`´ʼ", "'"),
    **dict.fromkeys("–—−‐‑", "-"),
    **dict.fromkeys("→➔➜⇒▶►", ">"),
    **dict.fromkeys("\n\r\x0b\x0c\x85\u2028\u2029", "\n"),
    **dict.fromkeys("。｡", "."),
    **dict.fromkeys("、،", ","),
    **dict.fromkeys("؟", "?"),
    **dict.fromkeys("¡¿", " "),
    "\t": " ",
    "đ": "d",
    "Đ": "d",
    "ı": "i",
}


class _Folds(dict[int, str]):
    """What each character becomes, found out once."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


def _fold(char: str) -> str:
    if char in _SHAPES:
        return _SHAPES[char]
    category = unicodedata.category(char)
    if category[0] in "CM" or hidden.HIDDEN.match(char):
        return HIDDEN
    if category[0] == "Z":
        return " "
    decomposed = unicodedata.normalize("NFKD", char)
    base = "".join(each for each in decomposed if unicodedata.category(each) != "Mn")
    lower = unicodedata.normalize("NFC", base).lower()
    return lower if len(lower) == 1 else char


_FOLDS = _Folds()


def composed(text: str) -> str:
    """The text with characters that Unicode has both as one and as two (``e`` and U+0301) as one."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The text in lower case, without accents, with plain quotes, dashes and blanks, and as long as ``composed``."""
    return composed(text).translate(_FOLDS)
