"""The optional extra ``sandbox``: whether it is installed."""

from __future__ import annotations

from importlib.util import find_spec

from reconciler.core.errors import ReconcilerError


def need(*modules: str) -> None:
    """ReconcilerError, saying what to install, unless all these modules are there."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise ReconcilerError(
            f"The sandbox is not installed: {' and '.join(missing)} cannot be imported. It is an extra, to "
            "keep the tool small: pip install 'cxone-reconciler[sandbox]'"
        )
