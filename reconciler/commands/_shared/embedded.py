"""The embedded CXone's state on disk."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from reconciler.core.errors import EndedEarly, ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.desired.load import DesiredState


@contextmanager
def seeded(path: str, state: DesiredState | None) -> Iterator[Any]:
    """The embedded CXone's store at ``path``, with every template of the files that it has never seen."""
    from reconciler.sandbox.store import Store

    folder = os.path.dirname(path)
    new_folder, new = bool(folder) and not os.path.isdir(folder), not os.path.exists(path)
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
    except OSError as failure:
        raise ReconcilerError(
            f"The sandbox cannot keep its state in {path}: {failure.strerror}. Run where that folder can be written."
        ) from None
    try:
        with Store(path) as store:
            if state is not None:
                store.seed(
                    {name: document.body[name] for name in ("id", "name", "content", "from_address")}
                    for document in state.documents
                    if document.kind == "Template"
                    and all(
                        isinstance(document.body.get(name), str)
                        for name in ("id", "name", "content", "from_address")
                    )
                )
            yield store
    except ReconcilerError as failure:
        if new and not isinstance(failure, EndedEarly):
            # Nothing was done, and what is there now is only the files' own seed.
            _remove(path, folder if new_folder else "")
        raise


def _remove(path: str, folder: str) -> None:
    """The store, and the folder that was made for it, where nothing else is in it."""
    with suppress(OSError):
        for name in (path, f"{path}-wal", f"{path}-shm", f"{path}-journal"):
            if os.path.exists(name):
                os.unlink(name)
        if folder:
            os.rmdir(folder)
