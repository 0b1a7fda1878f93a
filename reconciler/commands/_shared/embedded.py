"""The embedded CXone's state on disk."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.desired.load import DesiredState


@contextmanager
def seeded(path: str, state: DesiredState | None) -> Iterator[Any]:
    """The embedded CXone's store at ``path``, with every template of the files that it has never seen."""
    from reconciler.sandbox.store import Store

    folder = os.path.dirname(path)
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
    except OSError as failure:
        raise ReconcilerError(
            f"The sandbox cannot keep its state in {path}: {failure.strerror}. Run where that folder can be written."
        ) from None
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
