"""Tenants as what a workflow's jobs are made of: a matrix takes 256 jobs, so that there is a matrix of matrices."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.commands.github import runner

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 256
"""The jobs that a matrix may have (GitHub's workflow syntax, ``jobs.<job_id>.strategy.matrix``)."""


def put_out(folders: Mapping[str, str]) -> None:
    """Set the outputs ``batches``, for the outer matrix, and ``any``: an empty matrix is an error."""
    runner.output("batches", json.dumps(batches(folders)))
    runner.output("any", "true" if folders else "false")


def batches(folders: Mapping[str, str]) -> list[dict[str, str]]:
    """``batch``, a name to show, and ``tenants``, the JSON of an inner matrix."""
    entries = [{"tenant": name, "templates": folder} for name, folder in folders.items()]
    return [
        {"batch": f"Batch {first // MOST + 1}", "tenants": json.dumps(entries[first : first + MOST])}
        for first in range(0, len(entries), MOST)
    ]
