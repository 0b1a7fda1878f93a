"""Changes that no test can notice, or need not: module, the line's text, and cosmic-ray's operator, with why."""

from __future__ import annotations

HARMLESS: dict[tuple[str, str, str], str] = {}
