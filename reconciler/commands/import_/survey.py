"""Everything that a tenant has, or the named part of it, whether or not a file wants it: for ``adopt``."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.canonical import printable
from reconciler.core.errors import CredentialsError, MissingTemplates, ReconcilerError, WrongShape
from reconciler.cxone.concurrency import drive, each
from reconciler.cxone.failures import raise_for
from reconciler.cxone.observe import MOST_GUESSES, listed_ids, meant
from reconciler.kinds import conditional, in_block, with_secret
from reconciler.kinds._responses import NOT_FOUND, read_list, whole
from reconciler.outputs._results import Skipped, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.core.model import Live
    from reconciler.core.wire import Request
    from reconciler.cxone.concurrency import Sends
    from reconciler.kinds._base import Kind

Lives = dict[str, tuple["Live", ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the tenant showed. ``registrations`` and ``webhooks`` are None where it does not list them.

    ``templates`` have every compared field. ``webhooks`` is empty where none was asked for.
    """

    templates: tuple[Live, ...] = ()
    registrations: Mapping[str, tuple[Live, ...]] | None = None
    webhooks: Mapping[str, tuple[Live, ...]] | None = None
    skipped: tuple[Skipped, ...] = ()


@dataclass(slots=True)
class _Reads:
    """What came of reading templates by id."""

    lives: list[Live]
    missing: list[str]
    skipped: list[Skipped]


async def survey(client: Sends, names: Sequence[str], concurrency: int) -> Survey:
    """Read the templates and webhooks with these ids and URLs; without any, all that there are.

    MissingTemplates names every one that is not there. ReconcilerError where all are wanted and there is no list.
    """
    template, registration, webhook = conditional(), in_block(), with_secret()
    urls = {webhook.identity(name) for name in names if "://" in name}
    every = not names
    ids, registrations, webhooks = await asyncio.gather(
        _templates(client, template) if every else _nothing(),
        _list(client, registration),
        _list(client, webhook) if every or urls else _nothing(),
    )
    assert ids is not None
    known = {target: lives[0] for target, lives in ids.items()}
    complete = [live for live in known.values() if _says_all(template, live)]
    wanted = sorted(
        {name for name in names if "://" not in name} | (known.keys() - {live.target for live in complete})
    )
    reads = await _read(client, template, wanted, concurrency)
    if names:
        others = await listed_ids(client, template) if reads.missing else ()
        gone_urls = sorted(urls - (webhooks or {}).keys())
        _require(reads.missing, gone_urls, others, listed=webhooks is not None)
    gone = [Skipped(id=target, why="it went away while the tenant was read") for target in reads.missing]
    return Survey(
        templates=tuple(sorted((*complete, *reads.lives), key=lambda live: live.target)),
        registrations=registrations,
        webhooks={url: lives for url, lives in webhooks.items() if every or url in urls}
        if webhooks is not None
        else None,
        skipped=(*reads.skipped, *gone),
    )


async def _nothing() -> Lives:
    return {}


async def _templates(client: Sends, kind: Kind) -> Lives:
    """All templates, with an error that says what to do where the tenant has no list of them."""
    try:
        lives = await _list(client, kind, refusable=False)
    except CredentialsError as refused:
        raise CredentialsError(
            f"--all needs the list of templates, which the tenant refuses to these credentials ({refused.message}). "
            "Grant them messaging:read, or name the templates: `reconciler import ID… --into DIR`. Nothing was written."
        ) from None
    if lives is None:
        raise ReconcilerError(
            "--all needs the list of templates, which this tenant's API does not have. Name the templates, by the ids "
            "that the CXone console shows: `reconciler import ID… --into DIR`. Nothing was written."
        )
    return lives


async def _list(client: Sends, kind: Kind, *, refusable: bool = True) -> Lives | None:
    """A kind's whole list by target; None where the tenant has none or, if ``refusable``, refuses it."""
    found: defaultdict[str, tuple[Live, ...]] = defaultdict(tuple)

    def take(live: Live) -> None:
        found[live.target] = (*found[live.target], live._replace(raw=None))

    end = await drive(client, read_list(kind, take))
    if end.absent or (refusable and end.refused):
        return None
    raise_for(end.response)
    return dict(found)


def _says_all(kind: Kind, live: Live) -> bool:
    return all(name in live.fields for name in kind.fields)


async def _read(client: Sends, kind: Kind, targets: Sequence[str], concurrency: int) -> _Reads:
    """Each by its id. One that the tenant shows without a field that a document needs is left out, not fatal."""
    reads = _Reads([], [], [])

    async def read(target: str) -> None:
        request = _request(kind, target)
        response = await client.send(request) if request is not None else None
        if request is None or response is None or response.status == NOT_FOUND:
            reads.missing.append(target)
            return
        raise_for(response)
        try:
            reads.lives.append(whole(kind, response, request, target)._replace(raw=None))
        except WrongShape as flaw:
            reads.skipped.append(Skipped(id=target, why=flaw.message))

    await each(targets, read, concurrency)
    return reads


def _request(kind: Kind, target: str) -> Request | None:
    """None for a name that cannot stand in a URL, so that nothing can be called so."""
    try:
        return kind.read(target) if target else None
    except (WrongShape, UnicodeEncodeError):
        return None


def _require(ids: Iterable[str], urls: Sequence[str], others: Sequence[str], *, listed: bool) -> None:
    """MissingTemplates where something that was named is not there; ``others`` are the ids that are."""
    missing = [*sorted(ids), *urls]
    if not missing:
        return
    unlisted = (
        " This tenant does not list its webhooks, so none can be imported." if urls and not listed else ""
    )
    raise MissingTemplates(
        "\n".join(
            [
                f"{counted(len(missing), 'name')} not found in the tenant, nothing was written:",
                *(
                    f"  {printable(name) or '(an empty one)'}"
                    + (printable(meant(name, others)) if number < MOST_GUESSES else "")
                    for number, name in enumerate(missing)
                ),
                f"An id is the tenant's own, as the CXone console shows it.{unlisted}",
            ]
        )
    )
