"""The opt-out rules on texts whose verdict is known: those agreed on, and a corpus with its figures by language."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent / "opt_out"
AGREED = json.loads((HERE / "agreed.json").read_text(encoding="utf-8"))

FIGURES = {
    "corpus": {
        "en": (127, 0, 140, 0), "es": (31, 0, 24, 0), "fr": (15, 0, 14, 0), "zh": (10, 0, 7, 0), "vi": (6, 0, 5, 0),
        "ko": (6, 0, 5, 0), "ar": (6, 0, 5, 0), "ru": (6, 0, 5, 0), "tl": (6, 0, 5, 0), "ht": (6, 0, 5, 0),
        "pt": (7, 0, 5, 0),
    },
    "heldout": {
        "en": (137, 0, 115, 2), "es": (21, 0, 15, 0), "fr": (10, 0, 8, 0), "zh": (6, 0, 4, 0), "vi": (4, 0, 3, 0),
        "ko": (4, 0, 2, 0), "ar": (4, 0, 2, 0), "ru": (4, 0, 3, 0), "tl": (4, 0, 2, 0), "ht": (4, 0, 3, 0),
        "pt": (4, 0, 3, 0),
    },
}  # fmt: skip
"""By corpus and language: instructions, of these refused; other texts, of these passed."""


@pytest.mark.parametrize("content", AGREED["instructs"])
def test_agreed_to_instruct(content, places):
    """CX103 has nothing against a text that is agreed to tell its reader how to leave."""
    assert places("CX103", content=content) == []


@pytest.mark.parametrize("content", AGREED["does_not"])
def test_agreed_not_to_instruct(content, places):
    """CX103 refuses a text that is agreed to tell its reader nothing of the kind."""
    assert places("CX103", content=content)


@pytest.mark.parametrize("name", FIGURES)
def test_false_refusals_and_false_passes_by_language(name, places):
    """The rule errs as often as the figures say, and on no more texts; every group says where its kind came from."""
    groups = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    found: dict[str, Counter[str]] = {}
    wrong = []
    for group in groups:
        assert group["kind"]
        assert group["from"]
        counts = found.setdefault(group["language"], Counter())
        for way in ("instructs", "does_not"):
            for content in group[way]:
                refused = bool(places("CX103", content=content))
                counts[way] += 1
                if refused is (way == "instructs"):
                    counts[f"{way} wrong"] += 1
                    wrong.append(content)
    columns = ("instructs", "instructs wrong", "does_not", "does_not wrong")
    assert {
        language: tuple(counts[column] for column in columns) for language, counts in found.items()
    } == FIGURES[name], wrong


def test_the_corpus_is_large_enough_and_has_no_text_twice():
    """At least 300 different texts a way, in eleven languages."""
    groups = [
        group
        for name in FIGURES
        for group in yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    ]
    for way in ("instructs", "does_not"):
        texts = [content for group in groups for content in group[way]]
        assert len(texts) == len(set(texts)) >= 300
    assert len({group["language"] for group in groups}) == 11
