"""The tenant as it is: lists where it has them, single objects where a list says too little."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reconciler.core.errors import MissingTemplates, ReconcilerError, TenantError, WrongShape
from reconciler.core.model import Live, Observation
from reconciler.core.suggest import nearest
from reconciler.cxone.concurrency import drive, each
from reconciler.cxone.failures import raise_for
from reconciler.kinds import discover
from reconciler.kinds._responses import NOT_FOUND, called, complete, found, read_list, tellable, whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reconciler.core.model import Desired, Key, Value
    from reconciler.cxone.concurrency import Sends
    from reconciler.kinds._base import Kind


Count = Callable[[str, int, int | None], None]
"""Is told how many of a collection are read, and of how many where that is known."""

MOST_GUESSES = 10
"""Missing ids for which the list is searched: to compare one with ten thousand takes half a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """What came of asking for a list; ``state`` is ``listed``, ``absent`` or ``refused``.

    ``others`` are the targets in it that nobody wants, of a kind whose missing objects are an error.
    """

    state: str
    others: tuple[str, ...] = ()


class _Sought:
    """What is looked for in lists, and what of it they show."""

    def __init__(
        self,
        desired: Mapping[Key, Desired],
        orphans: Mapping[Key, Mapping[str, Value]],
        watched: Collection[str],
    ) -> None:
        self.desired = desired
        self.orphans = orphans
        self.watched = watched
        # The keys are those that are held already: there may be very many.
        self.lives: dict[Key, tuple[Live, ...]] = dict.fromkeys(desired, ())

    def keep(self, live: Live) -> bool:
        """Whether the object is wanted, and so among ``lives`` now."""
        key = live.kind, live.target
        item = self.desired.get(key)
        if item is not None:
            self.lives[key] = (*self.lives[key], lean(live, item))
        elif key in self.orphans:
            self.lives[key] = (*self.lives.get(key, ()), live)
        elif live.target in self.watched and discover()[live.kind].conditional:
            self.lives[key] = (live._replace(raw=None),)
        return key in self.lives

    def unread(self, kind: Kind) -> Iterator[Desired]:
        """Those of which no list says all that the plan compares."""
        for key, item in self.desired.items():
            if item.kind == kind.name:
                shown = self.lives[key]
                if not shown or not complete(kind, shown[0]):
                    yield item


async def observe(
    client: Sends,
    desired: Mapping[Key, Desired],
    *,
    orphans: Mapping[Key, Mapping[str, Value]],
    narrowed: bool,
    without: Collection[str],
    watched: Collection[str] = (),
    concurrency: int,
    count: Count,
) -> Observation:
    """Read what the desired objects need, and ``orphans``, which nobody desires any more, as far as a list shows them.

    ``narrowed``: only these objects are wanted, so what can be read by id is not listed, unless more templates are
    ``watched``: these are shown as the list has them, where there is one. ``without`` names collections whose list is
    treated as refused. MissingTemplates names every template that is not there.
    """
    narrowed = narrowed and not watched
    names = {name for name, _ in itertools.chain(desired, orphans)}
    kinds = [kind for kind in discover().values() if kind.name in names or (kind.conditional and watched)]
    sought = _Sought(desired, orphans, watched)
    ask = partial(_list, client, keep=sought.keep, count=count, narrowed=narrowed, without=without)
    listings = await asyncio.gather(*map(ask, kinds))
    for kind, listing in zip(kinds, listings, strict=True):
        if kind.conditional:
            unread = list(sought.unread(kind))
            others = None if narrowed and kind.collection not in without else listing.others
            sought.lives |= await _read(client, kind, unread, concurrency, others, count)
    states = [(kind.name, listing.state) for kind, listing in zip(kinds, listings, strict=True)]
    return Observation(
        lives={key: shown for key, shown in sought.lives.items() if shown},
        listed=frozenset(name for name, state in states if state == "listed"),
        refused=frozenset(name for name, state in states if state == "refused"),
    )


async def relisted(client: Sends, kind: Kind, wanted: Collection[str]) -> Mapping[str, tuple[Live, ...]]:
    """What a kind's list shows now of these targets. TenantError where it cannot be read to its end any more."""
    lives: dict[str, tuple[Live, ...]] = {}

    def keep(live: Live) -> bool:
        if live.target in wanted:
            lives[live.target] = (*lives.get(live.target, ()), live)
        return live.target in lives

    listing = await _list(client, kind, keep=keep, count=lambda *_: None, narrowed=False, without=())
    if listing.state != "listed":
        raise TenantError(f"The tenant listed its {kind.collection} before, and does not any more.")
    return lives


async def _list(
    client: Sends,
    kind: Kind,
    *,
    keep: Callable[[Live], bool],
    count: Count,
    narrowed: bool,
    without: Collection[str],
) -> _Listing:
    """A kind's list, each object of which is given to ``keep``, which says whether somebody wants it."""
    if kind.collection in without:
        return _Listing(state="refused")
    if narrowed and kind.conditional:
        return _Listing(state="absent")
    others: list[str] = []
    numbers = itertools.count(1)

    def take(live: Live) -> None:
        count(kind.collection, next(numbers), None)
        if not keep(tellable(live)) and kind.conditional:
            others.append(live.target)

    end = await drive(client, read_list(kind, take))
    if end.refused or end.absent:
        return _Listing(state="refused" if end.refused else "absent")
    raise_for(end.response)
    return _Listing(state="listed", others=tuple(others))


def lean(live: Live, desired: Desired) -> Live:
    """To hold very many of which nothing is to be done: what is also desired is held once, and there is no wire
    object; before a PUT it is read again by id. An object that differs is left whole.
    """
    if live.fields != desired.fields:
        return live
    return live._replace(
        kind=desired.kind,
        target=desired.target,
        fields=desired.fields,
        id=live.id if live.id != desired.target else desired.target,
        raw=None,
    )


async def _read(
    client: Sends,
    kind: Kind,
    wanted: Sequence[Desired],
    concurrency: int,
    others: Sequence[str] | None,
    count: Count,
) -> dict[tuple[str, str], tuple[Live, ...]]:
    """Each by its id, ``concurrency`` at a time. ``others`` None: where one is missing, the list is asked for them."""
    found_lives: dict[tuple[str, str], tuple[Live, ...]] = {}
    missing: list[Desired] = []

    async def read(item: Desired) -> None:
        live = await _read_one(client, kind, item.target)
        if live is None:
            missing.append(item)
        else:
            found_lives[kind.name, item.target] = (lean(live, item),)
        count(kind.collection, len(found_lives) + len(missing), len(wanted))

    await each(wanted, read, concurrency)
    if missing:
        others = await listed_ids(client, kind) if others is None else others
        raise MissingTemplates(_missing_message(missing, others))
    return found_lives


async def listed_ids(client: Sends, kind: Kind) -> tuple[str, ...]:
    """Every id in a kind's list, to guess from; none where the tenant has no list, or cannot say it now."""
    found: list[str] = []
    try:
        await drive(client, read_list(kind, lambda live: found.append(live.target)))
    except ReconcilerError:
        return ()
    return tuple(found)


async def _read_one(client: Sends, kind: Kind, target: str) -> Live | None:
    request = kind.read(target)
    assert request is not None
    response = await client.send(request)
    if response.status == NOT_FOUND:
        return None
    raise_for(response)
    if not found(response):
        raise WrongShape(
            f"{called(request, response)}: answered {response.status}, which is not a {kind.name}."
        )
    return tellable(whole(kind, response, request, target))


def _missing_message(missing: Sequence[Desired], others: Sequence[str]) -> str:
    """Each with its file and, of the first few, the id in the tenant that may be meant."""
    ordered = sorted(missing, key=lambda item: (item.document.file, item.document.line))
    lines = [
        f"  {item.target} ({item.document.file}:{item.document.line})"
        + (meant(item.target, others) if number < MOST_GUESSES else "")
        for number, item in enumerate(ordered)
    ]
    count = "1 template" if len(missing) == 1 else f"{len(missing)} templates"
    return "\n".join(
        [
            f"{count} in the files not found in the tenant, nothing was planned:",
            *lines,
            "Templates are created in the CXone console: create them there, or fix the ids (`id` is the tenant's).",
        ]
    )


def meant(target: str, others: Sequence[str]) -> str:
    """The end of a line about an id that is not there: the nearest that is, if any is near."""
    near = nearest(target, others, cutoff=0.8)
    return f": did you mean {near}?" if near else ""
