"""Environment markers (PEP 508) as the workflows' runners see them.

pip resolves for another Python's wheels, but judges markers by the Python that it runs on: on 3.13 it would leave out
what only 3.12 needs, and an installation by hashes would then fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.markers import Marker

PYTHON = "3.12"
"""The ``python3`` of ubuntu-24.04, which the workflows run on."""

_RUNNER = {
    "python_version": PYTHON,
    "python_full_version": f"{PYTHON}.3",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "implementation_version": f"{PYTHON}.3",
    "platform_release": "",
    "platform_version": "",
    "extra": "",
}


def holds(marker: Marker) -> bool:
    """Whether a requirement with this marker counts on the runners."""
    return marker.evaluate(_RUNNER)
