"""What a run is: the event behind it, how it stands while under way, and what is left of it."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from expressions import Context
from workflow import Workflow, WorkflowError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened. ``trusted``: its runs may see secrets; ``writes``: its tokens may write."""

    name: str
    payload: dict
    ref: str
    sha: str
    actor: str
    head_sha: str
    head_branch: str
    base_ref: str = ""
    head_ref: str = ""
    head_repository: dict | None = None
    trusted: bool = True
    writes: bool = True
    changed: tuple = ()


@dataclass(slots=True, kw_only=True)
class Run:
    """A run that has ended; ``jobs`` by the names that GitHub shows, ``concurrency``: the groups it asked for."""

    id: int
    jobs: dict
    concurrency: list
    title: str
    leaks: list = field(default_factory=list)

    @property
    def conclusion(self):
        results = {job.result for job in self.jobs.values()}
        return worst(results)

    @property
    def log(self):
        return "\n".join(f"# {name}: {job.result}\n{job.log}" for name, job in self.jobs.items())

    @property
    def summary(self):
        return "".join(job.summary for job in self.jobs.values())

    @property
    def annotations(self):
        return [each for job in self.jobs.values() for each in job.annotations]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A workflow under way: the run's own, or one that a job calls. ``cap``: what the caller's job may."""

    workflow: Workflow
    inputs: dict
    prefix: str = ""
    passed: dict | None = None
    cap: dict | None = None


@dataclass(slots=True, kw_only=True)
class Under:
    """A run under way."""

    event: Event
    github: dict
    folder: Path
    before: dict
    lost: dict
    cancelled: dict = field(default_factory=dict)
    let_through: tuple | None = None
    without: tuple = ()
    stopped: bool = False
    jobs: dict = field(default_factory=dict)
    concurrency: list = field(default_factory=list)
    numbers: object = field(default_factory=itertools.count)
    lock: object = field(default_factory=threading.Lock)


def worst(results):
    """What several results come to."""
    return next((end for end in ("cancelled", "failure", "success") if end in results), "skipped")


def need_of(ended):
    result, outputs = ended
    return Context(result=result, outputs=Context(outputs))


def within(cap):
    return {"write": ("write", "read", "none"), "read": ("read", "none"), "none": ("none",)}[cap]


def combinations(strategy):
    """The jobs of a matrix. WorkflowError for what is not known here."""
    if not strategy:
        return [{}]
    if strategy["fail-fast"] is not False or set(strategy["matrix"]) != {"include"}:
        raise WorkflowError("a matrix that fails fast or multiplies is not known here")
    return strategy["matrix"]["include"]
