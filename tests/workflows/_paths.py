"""Makes the end-to-end tests' helpers importable here: the tenant over HTTP, documents, the log's reader."""

from __future__ import annotations

import sys
from pathlib import Path

_FOLDER = str(Path(__file__).resolve().parents[1] / "e2e")
if _FOLDER not in sys.path:
    sys.path.append(_FOLDER)
