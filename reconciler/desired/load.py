"""From folders to desired state: read, check form, check rules, and say where each problem stands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.core.errors import ReconcilerError
from reconciler.core.model import Document, Finding, Policy, Problem, Severity
from reconciler.core.suggest import nearest
from reconciler.desired.campaigns import by_name, name_of, named_by
from reconciler.desired.discovery import Unreadable
from reconciler.desired.findings import errors, finding_at, finding_in, in_order, passed_by
from reconciler.desired.policy import policy_of
from reconciler.desired.positions import Location, place, span_of
from reconciler.desired.readers import Readers, Task, without_collector
from reconciler.desired.reading import Note, Reading, identity
from reconciler.desired.schema_checks import secret_name
from reconciler.desired.state import DesiredState, check_secrets
from reconciler.kinds import by_document
from reconciler.kinds import identity as target_named
from reconciler.rules import Context
from reconciler.rules import discover as rules
from reconciler.rules.codes import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from reconciler.desired.readers import Read


__all__ = ["DesiredState", "check_secrets", "errors", "load", "target_of"]

_NO_DOCUMENT = frozenset({"CX001", "CX002", "CX014"})
"""Findings of a file that cannot be read whole, or not as it looks: nobody knows what else it would have said."""
_READ_AS_WRITTEN = frozenset({"CX007"})
"""Errors of the reading after which a document's values still stand as they were written."""


def load(
    paths: Sequence[str],
    *,
    today: str,
    clock: Callable[[], float],
    sandbox: bool = False,
    targets: Collection[str] = (),
    readers: Readers | None = None,
) -> DesiredState:
    """Everything at ``paths``. ``today`` is an ISO date (UTC), ``clock`` monotonic seconds.

    ``readers`` are those of ``paths``, where somebody made them before; they are closed. Raises ReconcilerError for a
    path that is not there, a folder without YAML, and a target in no document.
    """
    with without_collector(), readers or Readers(paths, clock) as ready:
        folder = _Folder()
        for source, read in ready.read():
            folder.take(source.file, read)
        folder.check_form()
        wanted = folder.wanted(targets)
        folder.pass_unreadable(wanted)
        context = folder.context(today, sandbox=sandbox)
        for document, found in ready.judge(tuple(folder.tasks(wanted)), context):
            for each in found:
                folder.add(each, document)
        return folder.state(wanted, context)


def target_of(document: Document) -> str | None:
    """What ``--target`` calls it: a template's id, a webhook's normalised URL, None for anything else."""
    if document.kind == "Policy":
        return None
    name = identity(document.body)
    kind = by_document().get(document.kind)
    return kind.identity(name) if kind is not None and name is not None else name


class _Folder:
    """All files of one run, between being read and being judged."""

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = {}
        self.problems: dict[str, tuple[tuple[Problem, ...], ...]] = {}
        self.findings: list[Finding] = []
        self.always: set[Finding] = set()
        self.seen: set[tuple[int, int]] = set()
        self.sound: list[Document] = []
        self.flawed: list[Task] = []
        self.policy = Policy()
        self.policy_document: Document | None = None
        self.blots: dict[str, list[tuple[int, int]]] = {}

    def take(self, file: str, read: Read | Unreadable) -> None:
        """What came of one file; it counts once, whatever names it has."""
        if isinstance(read, Unreadable):
            where = Location(line=read.line, column=read.column)
            self.findings.append(finding_at(file, where, problem("CX001", read.message)))
        elif read.inode not in self.seen:
            self.seen.add(read.inode)
            self.readings[file], self.problems[file] = read.reading, read.problems

    def documents(self) -> Iterator[Document]:
        for reading in self.readings.values():
            yield from reading.documents

    def wanted(self, targets: Collection[str]) -> frozenset[str]:
        """The targets, normalised; ReconcilerError where one is in no document."""
        wanted = frozenset(map(target_named, targets))
        if not wanted:
            return wanted
        known = {name for document in self.documents() if (name := target_of(document)) is not None}
        known |= {
            target_named(note.target) for each in self.readings.values() for note in each.notes if note.target
        }
        for missing in sorted(wanted - known):
            unread = in_order(each for each in self.findings if each.code in _NO_DOCUMENT)
            files = ", ".join(sorted({each.file for each in unread}))
            raise ReconcilerError(
                f"Unknown target: {missing} is in no document{_meant(missing, known)} Name a "
                "template's id or a webhook's URL, as the files have it."
                + (f" It may be in a file that cannot be read: {files}." if unread else ""),
                findings=unread,
            )
        return wanted

    def pass_unreadable(self, wanted: Collection[str]) -> None:
        """A stranger's unreadable file does not stop a run that is narrowed, unless the Policy may stand in it."""
        unread = {each.file for each in self.findings if each.code in _NO_DOCUMENT}
        if not wanted or not unread:
            return
        own = {document.file for document in self.documents() if target_of(document) in wanted}
        policy = self.policy_document
        if not own & unread:
            known = policy is not None and policy.file not in unread
            self.findings = [
                passed_by(each, guarded=known) if each.code in _NO_DOCUMENT else each
                for each in self.findings
            ]

    def check_form(self) -> None:
        """Notes of the reading, the schema's problems, duplicates, and the policy."""
        for reading in self.readings.values():
            if not reading.notes and not any(self.problems[reading.file]):
                self.sound += reading.documents
                continue
            noted: dict[int, list[Note]] = defaultdict(list)
            for note in reading.notes:
                target = None if note.target is None else target_named(note.target)
                where = place(reading.text, note.at)
                self.keep(finding_at(reading.file, where, note.problem, target), note.kind)
                if note.problem.severity == Severity.ERROR:
                    noted[note.document].append(note)
            for document, wrong in zip(reading.documents, self.problems[reading.file], strict=True):
                for each in wrong:
                    self.add(each, document)
                notes = noted[document.index]
                doubtful = {note.key for note in notes if note.problem.code not in _READ_AS_WRITTEN}
                if not wrong and not notes:
                    self.sound.append(document)
                elif None not in doubtful:
                    refused = {str(one.path[0]) for one in wrong if one.path}
                    self.flawed.append(Task(document, frozenset({*refused, *map(str, doubtful)})))
        self.check_unique()
        self.check_secret_names()

    def check_secret_names(self) -> None:
        """CX012: no such webhook is desired, for what it names would be read and sent."""
        refused = set()
        for document in self.documents():
            found = secret_name(document, self.policy.secret_env)
            if found is not None:
                self.add(found, document)
                refused.add(id(document))
        self.flawed += [Task(each, frozenset({"secret"})) for each in self.sound if id(each) in refused]
        self.sound = [each for each in self.sound if id(each) not in refused]

    def check_unique(self) -> None:
        """CX006 and CX013: the first stands, the later ones have the finding."""
        first: dict[tuple[str, str], Document] = {}
        for document in self.documents():
            if document.kind == "Policy":
                self.take_policy(document)
                continue
            target = name_of(document) or target_of(document)
            if target is None:
                continue
            other = first.setdefault((document.kind, target), document)
            if other is not document:
                kind = by_document().get(document.kind)
                key = kind.key if kind is not None else "name"
                message = (
                    f"Duplicate {key}: {target} is described in {other.file}, line {other.line}, already. "
                    "Remove one of the two, or give it another."
                )
                self.add(problem("CX006", message, (key,)), document)

    def take_policy(self, document: Document) -> None:
        other = self.policy_document
        if other is not None:
            where = f"{other.file}, line {other.line}"
            message = f"More than one Policy: there is one in {where}, already. Keep one of the two."
            self.add(problem("CX013", message, ("kind",)), document)
            return
        self.policy_document = document
        if any(document is sound for sound in self.sound):
            self.policy = policy_of(document)
            for code in sorted(self.policy.severities):
                if code not in rules():
                    message = f"Unknown rule: there is no {code}{_meant(code, rules())}"
                    self.add(problem("CX004", message, ("severities", code), key=True), document)

    def context(self, today: str, *, sandbox: bool) -> Context:
        """What the rules may know of the folder beside a document."""
        campaigns = by_name(self.sound)
        every = tuple(self.documents())
        return Context(
            policy=self.policy,
            today=today,
            sandbox=sandbox,
            campaigns=campaigns,
            broken=frozenset(by_name(every)) - frozenset(campaigns),
            used=frozenset(name for document in every if (name := named_by(document)) is not None),
        )

    def tasks(self, wanted: Collection[str]) -> Iterator[Task]:
        """What the rules are to judge."""
        for task in (*map(Task, self.sound), *self.flawed):
            document = task.document
            if not wanted or document.kind == "Policy" or target_of(document) in wanted:
                yield task

    def add(self, found: Problem, document: Document) -> None:
        text = self.readings[document.file].text
        span = span_of(text, document.index, ("secret",)) if found.path[:1] == ("secret",) else None
        if span is not None and found.code in ("CX004", "CX012"):
            self.blots.setdefault(document.file, []).append((span.start, span.end))
        self.keep(finding_in(document, text, found, target_of(document)), document.kind)

    def keep(self, finding: Finding, kind: str) -> None:
        """Note a finding; the policy's count for every target."""
        self.findings.append(finding)
        if kind == "Policy":
            self.always.add(finding)

    def state(self, wanted: frozenset[str], context: Context) -> DesiredState:
        kept = in_order(each for each in self.findings if not wanted or self.counts(each, wanted))
        shown = {each.file for each in kept}
        state = DesiredState(
            documents=tuple(self.documents()),
            policy=self.policy,
            policy_document=self.policy_document,
            sound=tuple(self.sound),
            targets=wanted,
            findings=kept,
            rules=context,
        )
        shown |= {one.document.file for one, _ in state.with_secret()}
        texts = {file: self.text(file) for file in self.readings if file in shown}
        return replace(state, texts=MappingProxyType(texts))

    def counts(self, finding: Finding, wanted: Collection[str]) -> bool:
        """Whether a finding stands in the way of a run that is narrowed to ``wanted``."""
        return finding.target in wanted or finding.code in _NO_DOCUMENT or finding in self.always

    def text(self, file: str) -> str:
        """A file's text, with asterisks for what may be a secret."""
        text, done, parts = self.readings[file].text, 0, []
        for start, end in sorted(self.blots.get(file, ())):
            first = max(start, done)
            hidden = (character if character.isspace() else "*" for character in text[first:end])
            parts += [text[done:first], *hidden]
            done = max(end, done)
        return "".join((*parts, text[done:]))


def _meant(word: str, known: Collection[str]) -> str:
    """The end of a sentence about an unknown word: the known one that may be meant, or a full stop."""
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else "."
