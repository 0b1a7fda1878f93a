"""What holds for every test, however the run was started."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import venvs
from hypothesis import settings

SLOW = (
    "workflows",
    "driver",
    "e2e",
    "outputs",
    "test_docs_readme.py",
    "test_recipes.py",
    "test_pre_commit.py",
)
"""Where the long tests are, which begin first: so no worker is left alone with one at the end."""

# With it each of the many processes here would compile everything anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("on any machine", deadline=None)  # no test is about how long an example takes
settings.load_profile("on any machine")


def pytest_configure() -> None:
    """A shell starts a background job with SIGINT ignored, nohup with SIGHUP, and what they start inherits that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors (``-n auto``), since a story waits for its tenant or for its run meanwhile."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list) -> None:
    """The slow ones first, else in the order in which they stand."""
    here = Path(__file__).parent
    ranks = {name: number for number, name in enumerate(SLOW)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(here).parts[0], len(SLOW)))


@pytest.fixture(scope="session")
def venv(tmp_path_factory):
    """A virtual environment with pip, for all workers."""
    own = tmp_path_factory.getbasetemp()
    return venvs.made_in(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
