"""GitHub's APIs by way of ``gh api``: REST, and GraphQL for what takes many calls there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.core.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.core.model import Json

PAGE = 100
MOST_PAGES = 50
_SECONDS = 120
_TRIES = 4
_STATUS = re.compile(r"\(HTTP ([0-9]{3})\)")
_NO_TOKEN = 4
"""The exit code of a gh that has no token: no call was made, and none will be."""

_LIMIT = re.compile(r"rate limit", re.IGNORECASE)
_DENIED = re.compile(r"not accessible by integration")
"""How GraphQL says that a token lacks a permission: with status 200."""

_FORBIDDEN = frozenset({401, 403})


class GitHubError(ReconcilerError):
    """A call that GitHub did not answer with success; ``status`` is 0 where there was no answer."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    @property
    def absent(self) -> bool:
        """Whether there is no such thing, or none that the token may know of."""
        return self.status == 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Gh:
    """The API of one repository (``owner/name``) on a server. ``sleep`` takes seconds, between two tries of a read.

    ``answers``: what was read, by its path, which is then not asked for again; None where it may change meanwhile.
    """

    host: str
    repository: str
    sleep: Callable[[float], None]
    answers: dict[str, bytes] | None = field(default=None, compare=False)

    def get(self, path: str) -> Json:
        """What ``repos/OWNER/NAME/path`` answers."""
        return _json(self._read(self._whole(path)), path)

    def tip(self, branch: str) -> str:
        """The commit that the branch stands at now."""
        answer = self.get(f"git/ref/heads/{quote(branch)}")
        return str(answer["object"]["sha"])

    def server(self, path: str) -> Json:
        """What ``path`` answers, of the server and no repository."""
        return _json(self._read(path), path)

    def graphql(self, fields: str, fragments: str) -> dict[str, Any]:
        """The fields of the repository, a read. GitHubError where the answer holds errors as well."""
        owner, _, name = self.repository.partition("/")
        head = "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) "
        query = f"{head}{{ {fields} }} }} {fragments}"
        body = json.dumps({"query": query, "variables": {"owner": owner, "name": name}}).encode()
        found = ((_json(self._read("graphql", body), "graphql") or {}).get("data") or {}).get("repository")
        if not isinstance(found, dict):
            raise GitHubError("GitHub's answer to graphql has no repository.", 0)
        return found

    def pages(self, path: str, key: str | None = None) -> Iterator[dict[str, Any]]:
        """All items of a list; ``key`` names it where it stands in an object."""
        joint = "&" if "?" in path else "?"
        for page in range(1, MOST_PAGES + 1):
            answer = self.get(f"{path}{joint}per_page={PAGE}&page={page}")
            items = answer.get(key) if key is not None and isinstance(answer, dict) else answer
            if not isinstance(items, list):
                raise GitHubError(f"GitHub's answer to {path} is no list.", 0)
            yield from (item for item in items if isinstance(item, dict))
            if len(items) < PAGE:
                return

    def download(self, path: str) -> bytes:
        """The bytes that a path answers."""
        return self._read(self._whole(path))

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Json:
        """The answer to a write, which is sent once."""
        return _json(self._run(method, self._whole(path), json.dumps(body).encode()), path)

    def _whole(self, path: str) -> str:
        return f"repos/{self.repository}/{path}"

    def _read(self, path: str, body: bytes | None = None) -> bytes:
        if self.answers is None or body is not None:
            return self._tried(path, body)
        if path not in self.answers:
            self.answers[path] = self._tried(path)
        return self.answers[path]

    def _tried(self, path: str, body: bytes | None = None) -> bytes:
        """A read, tried again where the server or the network was to blame. GraphQL reads by POST."""
        method = "GET" if body is None else "POST"
        for number in range(1, _TRIES):
            try:
                return self._run(method, path, body)
            except GitHubError as failure:
                if 0 < failure.status < 500:
                    raise
            self.sleep(2.0**number)
        return self._run(method, path, body)

    def _run(self, method: str, whole: str, body: bytes | None = None) -> bytes:
        words = ["gh", "api", "--method", method, *(["--input", "-"] if body is not None else []), whole]
        try:
            done = subprocess.run(  # noqa: S603  the words are ours, and no shell reads them
                words,
                input=body or b"",
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                env=_environment(self.host),
            )
        except FileNotFoundError:
            raise ReconcilerError(
                "There is no gh on PATH. GitHub's runners have it; elsewhere install the GitHub CLI."
            ) from None
        except subprocess.TimeoutExpired:
            raise GitHubError(
                f"GitHub did not answer {method} {whole} in {_SECONDS} s. Run again.", 0
            ) from None
        if done.returncode == 0:
            return done.stdout
        raise _failure(method, whole, done.stderr.decode("utf-8", "replace"), done.returncode)


def _environment(host: str) -> dict[str, str]:
    """gh on that server: one of an enterprise takes its token from another variable.

    gh's library for terminals, of which ``gh api`` has no need, else takes half of gh's start for a table of widths.
    """
    token = os.environ.get("GH_TOKEN", "")
    enterprise = {"GH_ENTERPRISE_TOKEN": token} if token else {}
    return {**os.environ, "GH_HOST": host, "TCELL_MINIMIZE": "1", **enterprise}


def _failure(method: str, path: str, said: str, code: int) -> GitHubError:
    found = _STATUS.search(said)
    status = int(found[1]) if found else 401 if code == _NO_TOKEN else 403 if _DENIED.search(said) else 0
    words = " ".join(said.split())[:300] or "no reason given"
    if _LIMIT.search(words):
        return GitHubError(
            f"GitHub's limit of calls is used up ({method} {path}: {words}). Nothing is wrong with the permissions: "
            "run again in an hour.",
            status,
        )
    hint = (
        "In a workflow the job's `permissions` say what its token may."
        if status in _FORBIDDEN
        else "Run again."
    )
    return GitHubError(f"GitHub refuses {method} {path}: {words}. {hint}", status)


def _json(content: bytes, path: str) -> Json:
    try:
        return json.loads(content)
    except ValueError:
        raise GitHubError(f"GitHub's answer to {path} is not JSON.", 0) from None
