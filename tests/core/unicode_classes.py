"""Writes ``reconciler/core/unicode_classes.py`` from Unicode's own properties, as PyPI's ``regex`` knows them.

``pip install regex``, a tool for development alone, then ``python tests/core/unicode_classes.py``; the test beside
this file holds the table to what comes out here, wherever ``regex`` is installed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import wrap

TABLE = Path(__file__).parents[2] / "reconciler" / "core" / "unicode_classes.py"

LOOK_ALIKES = {
    0x2800: "BRAILLE PATTERN BLANK",
    0x13441: "EGYPTIAN HIEROGLYPH FULL BLANK",
    0x13442: "EGYPTIAN HIEROGLYPH HALF BLANK",
    0x16FE4: "KHITAN SMALL SCRIPT FILLER",
    0x1D159: "MUSICAL SYMBOL NULL NOTEHEAD",
}
"""Letters and symbols without ink that no property of Unicode tells from others."""

SCRIPTS = (
    "Adlm Arab Chrs Mand Mani Mong Nkoo Ougr Phag Phlp Rohg Sogd Syrc "  # joined (The Unicode Standard, 9 and 14)
    "Bali Beng Bhks Brah Cakm Deva Diak Dogr Gong Gonm Gran Gujr Guru Java Kali Khar Khmr Khoj Knda Kthi Lana "
    "Lepc Limb Mahj Maka Marc Mlym Modi Mtei Mymr Nand Newa Orya Saur Shrd Sidd Sind Sinh Soyo Sund Takr Taml "
    "Telu Tibt Tirh Zanb"  # conjuncts (The Unicode Standard, 12, 13, 15 and 16)
)
"""Scripts whose letters take another form beside a joiner, by their codes in ISO 15924."""

CLASSES = {
    "UNSEEN": (
        r"[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}"
        r"[\p{Cf}--\p{Prepended_Concatenation_Mark}]" + "".join(map(chr, LOOK_ALIKES)) + "]",
        "Default_Ignorable_Code_Point, Noncharacter_Code_Point, format characters without ink (the interlinear "
        "annotation among them), and "
        + ", ".join(f"U+{code:04X} {name}" for code, name in LOOK_ALIKES.items()),
    ),
    "PICTOGRAPHIC": (r"\p{Extended_Pictographic}", "Extended_Pictographic: what an emoji is made of"),
    "JOINED": (
        "[" + "".join(rf"[\p{{scx={script}}}&&[\p{{L}}\p{{M}}]]" for script in SCRIPTS.split()) + "]",
        f"Letters and marks whose Script_Extensions name {SCRIPTS.replace(' ', ', ')}",
    ),
    "IDEOGRAPHIC": (r"\p{Unified_Ideograph}", "Unified_Ideograph"),
}

_HEAD = '''\
"""Classes of characters, as the inside of a character class of ``re``.

Written by ``tests/core/unicode_classes.py`` from Unicode's own properties: change that, not this.
"""
'''


def ranges(pattern: str) -> list[tuple[int, int]]:
    """The code points that a pattern of ``regex`` takes, as first and last of each run."""
    import regex

    takes = regex.compile(pattern, regex.VERSION1).match
    found: list[tuple[int, int]] = []
    for code in range(sys.maxunicode + 1):
        if takes(chr(code)):
            first = found.pop()[0] if found and found[-1][1] == code - 1 else code
            found.append((first, code))
    return found


def table() -> str:
    """The whole module."""
    parts = [_HEAD]
    for name, (pattern, meaning) in CLASSES.items():
        found = [
            _spelled(first) + (f"-{_spelled(last)}" if last > first else "")
            for first, last in ranges(pattern)
        ]
        lines = "".join(f'    "{line}"\n' for line in wrap(" ".join(found), 105))
        said = "\n".join(wrap(f'"""{meaning}."""', 110))
        parts.append(f"\n{name} = (\n{lines.replace(' ' + chr(92), chr(92))})\n{said}\n")
    return "".join(parts)


def _spelled(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
