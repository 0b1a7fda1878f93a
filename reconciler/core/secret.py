"""A secret's value, in a type that shows itself nowhere."""

from __future__ import annotations

from typing import NoReturn


class SecretValue:
    """A webhook secret as it was read. Only ``reveal`` gives the text; it has no repr, format, JSON or pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text, for a request that is being sent and for its fingerprint."""
        return self._text

    def __repr__(self) -> str:
        return "SecretValue(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret's value is not written down.")
