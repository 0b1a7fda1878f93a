"""The base class of kinds. A kind does no I/O: it describes requests and reads their answers (DESIGN.md)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from reconciler.core.errors import WrongShape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.model import (
        Action,
        Desired,
        Document,
        Json,
        Live,
        Measure,
        Policy,
        Remembered,
        Shown,
        Value,
    )
    from reconciler.core.wire import Request

PAGE = 500


class Known(NamedTuple):
    """The facts on one desired object that a plan decides by.

    ``lives`` holds what the tenant shows under this target, in the tenant's order. ``listed`` says whether the
    tenant's list was read: without it, ``lives`` being empty proves nothing. ``fingerprint`` is that of the secret
    as it can be read here, null where it was not needed; ``unreadable`` where it could not be read. ``shown`` is
    what the audit log last knew a template to show.
    """

    policy: Policy
    lives: tuple[Live, ...] = ()
    listed: bool = True
    remembered: Remembered | None = None
    shown: Shown | None = None
    fingerprint: str | None = None
    unreadable: bool = False
    rotate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the plan does about one object: an action, or ``unchanged``, ``pending`` or ``held``.

    ``unknown`` means that neither the tenant nor the log could tell whether it is there. ``adopted`` means that its
    secret was never remembered.
    """

    action: Action | None = None
    state: str = "unchanged"
    unknown: bool = False
    adopted: bool = False
    warning: str | None = None


UNCHANGED = Decision()
"""Nothing is to be done, and nothing to be said of it: one for all, of which a plan may have very many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """How people are told of one of a kind's operations.

    ``sign`` stands before it in a plan: ``+``, ``~`` or ``-``. ``verb`` is what a plan's last line counts ("2 to
    approve") and its question asks for ("Approve 2"); where it is empty, objects are counted by the kind's noun.
    ``done`` stands before the target in a report ("approval of tmpl_a").
    """

    name: str
    sign: str
    verb: str = ""
    done: str


class Kind(ABC):
    """One kind of object in a tenant."""

    name: ClassVar[str]
    noun: ClassVar[str]
    """What one is called in a sentence."""
    heading: ClassVar[str]
    """What stands above its actions in a plan, and above its objects in a report."""
    operations: ClassVar[tuple[Operation, ...]]
    """Every operation of its actions, in the order in which a plan's last line counts them."""
    document: ClassVar[str]
    """The ``kind:`` of the documents that it takes its part from."""
    block: ClassVar[str] = ""
    """The block of the document that it takes; empty where that is the whole."""
    key: ClassVar[str] = "id"
    """The document's field that identifies the object."""
    phase: ClassVar[str]
    after: ClassVar[tuple[str, ...]] = ()
    """Names of the kinds whose actions on the same target must have ended well before."""
    last: ClassVar[bool] = False
    """Whether its actions wait for all actions of earlier phases, whatever their target and end."""
    fields: ClassVar[tuple[str, ...]]
    collection: ClassVar[str]
    """What its list is called in a plan's ``unlisted``, and its objects in a report's JSON."""
    scope: ClassVar[str]
    """What the token must grant for its writes."""
    writes: ClassVar[tuple[str, ...]] = ()
    """The calls that change it, as people know them."""
    audit_action: ClassVar[str]
    conditional: ClassVar[bool] = False
    """Whether it is written as a whole, on the condition that it has not moved since it was read, to be approved."""
    of_template: ClassVar[bool] = False
    """Whether its target is a template's id: its records name it as ``template_id``, a report shows it there."""
    duplicates: ClassVar[bool] = False
    """Whether creating it again makes another one, so that a lost answer leaves a doubt."""
    carriers_ask: ClassVar[bool] = False
    """Whether a template is ready for carriers only once this is in place for it."""
    secret: ClassVar[bool] = False
    """Whether it holds a secret, which no tenant shows: it can be rotated, and vouched for with ``audit accept``."""

    @abstractmethod
    def desired(self, document: Document) -> Desired | None:
        """What the document asks for of this kind; None where it asks for nothing."""

    @abstractmethod
    def listing(self, cursor: str | None) -> Request:
        """The request for a page of the list."""

    @abstractmethod
    def live(self, item: Json, call: str) -> Live:
        """One wire object, or an item of a list; WrongShape, naming ``call``, where it is not one."""

    def read(self, target: str) -> Request | None:  # noqa: ARG002  a kind that can be read by id says how
        """The request for one object by id; None where the tenant has no such call."""
        return None

    @abstractmethod
    def decide(self, desired: Desired, known: Known) -> Decision:
        """The plan's decision on one object: what is asked for, compared with what is known."""

    @abstractmethod
    def write(self, action: Action, desired: Desired, live: Live | None, id: str | None) -> Request | None:  # noqa: A002
        """The request that carries ``action`` out over what was read last; None where the tenant cannot be told how."""

    @abstractmethod
    def operation(self, before: Mapping[str, Value] | None, after: Mapping[str, Value]) -> str:
        """The name of the operation that leads from one state to the other; ``before`` is None for a new object."""

    def identity(self, name: str) -> str:
        """The target that a person calls ``name``; what can be no target of this kind comes back as it is."""
        return name

    def chosen(self, lives: Sequence[Live], remembered: str | None) -> Live | None:  # noqa: ARG002
        """The one of several live objects under one target that counts; ``remembered`` is the audit log's id."""
        return lives[0] if lives else None

    def reviewed(self, desired: Desired) -> dict[str, Json]:  # noqa: ARG002  a kind that has more to show says what
        """What a review of any of its actions approves beside the changes, as JSON."""
        return {}

    def sizes(self, desired: Desired, before: Mapping[str, Value] | None) -> tuple[Measure, Measure] | None:  # noqa: ARG002
        """A message's size before and after; None for a kind that is no message."""
        return None

    def owes(  # short of what a kind may owe, nothing is read here
        self,
        sent: Mapping[str, Value],  # noqa: ARG002
        shown: Mapping[str, Value],  # noqa: ARG002
        policy: Policy,  # noqa: ARG002
    ) -> str | None:
        """What is still owed of a write: ``pending`` where a carrier decides, ``held`` where a person decided against.

        ``sent`` and ``shown`` are compared fields, as written and as the tenant shows them now. None where nothing is
        owed, as for every kind whose writes take effect at once.
        """
        return None


def page(path: str, cursor: str | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The call's name and the query of one page of a list."""
    query = (("limit", str(PAGE)),) + ((("cursor", cursor),) if cursor is not None else ())
    return f"GET {path}", query


class Wire(NamedTuple):
    """A JSON object from the tenant, read with errors that name the call."""

    item: Mapping[str, Any]
    call: str
    what: str = "item"

    @classmethod
    def of(cls, item: Json, call: str, what: str) -> Wire:
        """The reader of ``item``, an object that ``what`` names. WrongShape where it is no JSON object."""
        if not isinstance(item, dict):
            raise WrongShape(f"{call}: expected a {what} as a JSON object, found {kind_of(item)}.")
        return cls(item, call, what)

    def text(self, name: str) -> str:
        """A field that must be there, as text."""
        found = self.optional_text(name)
        if found is None:
            raise WrongShape(f"{self.call}: the {self.what} has no {name!r}.")
        return found

    def optional_text(self, name: str) -> str | None:
        """A field as text; None where it is absent or null."""
        found = self.item.get(name)
        if found is None or isinstance(found, str):
            return found
        raise WrongShape(f"{self.call}: {name!r} of the {self.what} should be text, found {kind_of(found)}.")

    def texts(self, names: Sequence[str]) -> dict[str, str]:
        """The fields of these that are there, as text."""
        return {name: text for name in names if (text := self.optional_text(name)) is not None}

    def identifier(self, name: str) -> str | None:
        """An id as text; tenants that number their objects send an integer."""
        found = self.item.get(name)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        return self.optional_text(name)


def kind_of(value: Json) -> str:
    """The JSON type in words, for messages."""
    names = {dict: "an object", list: "an array", str: "text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
