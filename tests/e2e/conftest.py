"""The fixtures: a checkout with its tenant, and the command line alone."""

from __future__ import annotations

import pytest
from checkout import PAIR, Site
from commandline import CommandLine
from userrepo import Repo


@pytest.fixture
def site(tmp_path):
    """``site(*faults, documents=PAIR)``: a checkout and its tenant. No file of it holds a secret at the end."""
    made = []

    def _site(*faults, documents=PAIR):
        folder = tmp_path / f"site{len(made)}"
        folder.mkdir()
        made.append(Site(folder, documents, faults))
        return made[-1]

    yield _site
    for one in made:
        one.close()


@pytest.fixture
def bare(tmp_path):
    """The command line in an empty folder, without a tenant."""
    return CommandLine(tmp_path)


@pytest.fixture
def repo(tmp_path):
    """A repository without a commit on ``main``."""
    return Repo(tmp_path)
