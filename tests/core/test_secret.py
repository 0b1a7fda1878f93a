"""A secret's value shows itself nowhere."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from reconciler.core.secret import SecretValue

TEXT = "a-secret-of-more-than-24-bytes"


def test_a_secret_is_shown_by_nothing_but_reveal() -> None:
    """Neither repr, str, an f-string nor a traceback's locals have it."""
    value = SecretValue(TEXT)
    assert value.reveal() == TEXT
    for shown in (repr(value), str(value), f"{value}", "%s" % value, repr([value])):  # noqa: UP031
        assert TEXT not in shown


@pytest.mark.parametrize("write", [json.dumps, pickle.dumps, copy.deepcopy])
def test_a_secret_cannot_be_written_down(write) -> None:
    """No JSON, no pickle, no copy by way of one."""
    with pytest.raises(TypeError):
        write(SecretValue(TEXT))
