"""Names of the files that an import writes: from ids and URLs, portable, and never twice."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# What Windows takes for a device, whatever follows the first dot: a checkout there would fail.
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_LONGEST = 100


def stem_of_id(target: str) -> str:
    """A template's. Ids have no = and no +, so two ids never get the same one; Windows allows no :."""
    name = target.replace(":", "=")
    return f"+{name}" if _DEVICE.fullmatch(name) else name


def stem_of_url(url: str) -> str:
    """A webhook's, from host and path; different URLs may get the same one."""
    where = re.split("[?#]", url.partition("://")[2], maxsplit=1)[0]
    words = re.sub("[^A-Za-z0-9.]+", "-", where)[:_LONGEST].strip("-.")
    return f"webhook-{words}"


class Names:
    """The names in one folder. ``files`` has each that is there, with the targets of the documents in it.

    ``force`` allows to overwrite a file without any document of this tool, and one with the target's alone.
    """

    def __init__(self, files: Mapping[str, tuple[str, ...]], *, force: bool) -> None:
        self._files = files
        self._force = force
        self._there = {name.lower(): name for name in files}
        self._given: set[str] = set()
        self._alone: defaultdict[str, list[str]] = defaultdict(list)
        for name, targets in sorted(files.items()):
            if len(targets) == 1:
                self._alone[targets[0]].append(name)

    def own(self, target: str, stem: str) -> str | None:
        """The file that an earlier import wrote for the target, if it may be overwritten."""
        ours = re.compile(re.escape(stem) + r"(\+[0-9]+)?\.yaml")
        names = self._alone.get(target, ()) if self._force else ()
        return next((name for name in names if ours.fullmatch(name)), None)

    def free(self, stem: str) -> tuple[str, bool]:
        """A name that nobody else has, and whether a file that may not be overwritten is in its way.

        Numbered where another has it, on a file system that knows no case too; other documents are never in the way.
        """
        for number in count(1):
            name = f"{stem}{f'+{number}' if number > 1 else ''}.yaml"
            there = self._there.get(name.lower())
            others = there is not None and (there != name or bool(self._files[there]))
            if not others and name.lower() not in self._given:
                return name, there is not None and not self._force
        raise AssertionError("unreachable")

    def give(self, name: str) -> bool:
        """Take the name; whether a file of that name is there already."""
        self._given.add(name.lower())
        return name in self._files
