"""Webhook secrets: where they are said to be, and their values, each read once a run."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError
from reconciler.core.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.core.model import Desired, SecretRef

MIN_BYTES = 24
MAX_FILE = 4096
_KERNEL = ("/proc", "/sys")


class SecretUnavailable(ReconcilerError):
    """A secret that cannot be had here. The message names the source, never the value."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The webhook secrets of one run. Each source is read once, so that what is sent is what was fingerprinted.

    ``source`` gives a secret's text or raises ``SecretUnavailable``. ``fingerprint``, of a secret, a base URL and a
    webhook's URL, is slow on purpose.
    """

    source: Callable[[SecretRef], str]
    fingerprint: Callable[[str, str, str], str]
    _values: dict[SecretRef, SecretValue | SecretUnavailable] = field(default_factory=dict, repr=False)
    _prints: dict[tuple[SecretRef, str, str], str] = field(default_factory=dict, repr=False)

    def value(self, ref: SecretRef) -> SecretValue:
        """The secret as it was when it was first asked for; SecretUnavailable where it could not be had then."""
        if ref not in self._values:
            try:
                self._values[ref] = SecretValue(self.source(ref))
            except SecretUnavailable as failure:
                self._values[ref] = failure
        found = self._values[ref]
        if isinstance(found, SecretUnavailable):
            raise SecretUnavailable(found.message)
        return found

    def print_of(self, ref: SecretRef, base_url: str, url: str) -> str:
        """The secret's fingerprint for the webhook at ``url`` of a tenant."""
        key = (ref, base_url, url)
        if key not in self._prints:
            self._prints[key] = self.fingerprint(self.value(ref).reveal(), base_url, url)
        return self._prints[key]

    def unreadable(self, desired: Sequence[Desired]) -> tuple[str, ...]:
        """The URLs of the webhooks whose secret cannot be read here."""
        found = []
        for item in desired:
            if item.secret is not None:
                try:
                    self.value(item.secret)
                except SecretUnavailable:
                    found.append(item.target)
        return tuple(sorted(found))


def read(ref: SecretRef, environ: Mapping[str, str]) -> str:
    """The secret less one trailing line break; SecretUnavailable where there is none."""
    where = f"the variable {ref.name}" if ref.source == "env" else f"the file {ref.name!r}"
    raw = _variable(ref.name, environ) if ref.source == "env" else _file(ref.name)
    try:
        value = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise SecretUnavailable(f"No secret: {where} is not UTF-8. Write a secret in ASCII.") from None
    value = value.removesuffix("\r\n") if value.endswith("\r\n") else value.removesuffix("\n")
    size = len(value.encode())
    if not size:
        raise SecretUnavailable(
            f"No secret: {where} is empty. Put a secret of at least {MIN_BYTES} bytes there."
        )
    if size < MIN_BYTES:
        raise SecretUnavailable(
            f"No secret: {where} holds {size} bytes, and {MIN_BYTES} are the least. Make one with "
            "`openssl rand -base64 32`."
        )
    return value


def _variable(name: str, environ: Mapping[str, str]) -> bytes:
    value = environ.get(name)
    if value is None:
        similar = _similar(name, environ)
        hint = f" {similar} is set: did you mean that?" if similar else ""
        raise SecretUnavailable(f"No secret: the variable {name} is not set.{hint} Set it where this runs.")
    # What was no UTF-8 in the environment stands there as surrogates.
    return value.encode("utf-8", "surrogateescape")


def _similar(name: str, environ: Mapping[str, str]) -> str | None:
    """The name of a variable that is set and spelled almost so. Only names are looked at, and only near ones."""
    from difflib import get_close_matches

    by_upper = {each.upper(): each for each in sorted(environ) if environ[each]}
    found = get_close_matches(name.upper(), by_upper, n=1, cutoff=0.85)
    return by_upper[found[0]] if found else None


def _file(name: str) -> bytes:
    """The whole file. It is judged by its descriptor, so that it cannot be exchanged between the two."""
    try:
        real = os.path.realpath(name, strict=True)
        if any(real == kernel or real.startswith(f"{kernel}/") for kernel in _KERNEL):
            raise SecretUnavailable(
                f"No secret: the file {name!r} is under /proc or /sys, where no secret is kept. Name a "
                "regular file."
            )
        # A FIFO would wait for its writer for ever. A link put there since realpath is refused.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its name cannot be"
        raise SecretUnavailable(
            f"No secret: the file {name!r} cannot be opened: {why}. Put it there, readable for this user."
        ) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SecretUnavailable(f"No secret: the file {name!r} is not a regular file. Name one that is.")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(MAX_FILE + 1)
    finally:
        os.close(descriptor)
    if len(content) > MAX_FILE:
        raise SecretUnavailable(f"No secret: the file {name!r} is larger than {MAX_FILE // 1024} KiB.")
    return content
