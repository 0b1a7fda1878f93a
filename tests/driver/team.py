"""What a team and its tenant do, step by step; every run of the tool is judged as soon as it has ended."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from . import book
from .judge import judge
from .run import start
from .settled import settled
from .weather import TELLING
from .world import HOOK, OWING, SECRETS, World

LOG_ACCIDENTS = ("unlink", "rename", "truncate", "unlock", "folder")


class Team:
    """One history. ``counts``: what was tried, by name, over all histories."""

    def __init__(self, folder, profile=(), retries=1, counts=None):
        self.world = World(folder, profile, retries)
        self.counts = counts if counts is not None else {}
        self.lost_events = None
        self.steps = []
        self.failed = False
        self.broken = []

    def do(self, name, /, *args, **options):
        """One step; ``steps`` keeps all that were made, and a failure shows them."""
        self.steps.append((name, args, options))
        try:
            return getattr(self, name)(*args, **options)
        except AssertionError as broken:
            self.failed = True
            story = "\n".join(f"    {name}{args}{options or ''}" for name, args, options in self.steps)
            raise AssertionError(f"{broken}\n{self.world.tenant.profile}\n{story}") from None

    def close(self):
        self.world.close()

    # The documents

    def wants(self, target, **fields):
        """A document asks for other fields; ``a2p`` for another ``opt_in_language``."""
        if "a2p" in fields:
            before = self.world.documents[target]["a2p"]
            fields["a2p"] = {**before, "opt_in_language": f"At the desk, {fields['a2p']}"}
        if "text" in fields:
            fields["content"] = f"Acme Dental: text {fields.pop('text')}. Reply STOP to opt out."
        if "events" in fields:
            fields["events"] = sorted(fields["events"])
        self.world.change(target, **fields)

    def secret(self, number):
        self.world.secret = SECRETS[number]

    # The console

    def edits(self, id_, field, value):
        """A person changes one field of a template."""
        if field == "text":
            field, value = "content", f"Acme Dental: text {value}. Reply STOP to opt out."
        self.world.tenant.edit(id_, **{field: value})

    def registers(self, id_, number):
        """A person changes a registration, where a plan can see it."""
        store = self.world.tenant.store
        if self.world.tenant.lists("registrations"):
            body = {**self.world.documents[id_]["a2p"], "opt_in_language": f"At the desk, {number}"}
            store.register({"template_id": id_, **body})
            self.world.tenant.look()

    def rewires(self, events):
        """A person changes the webhook's events, where a plan can see it."""
        tenant = self.world.tenant
        if tenant.lists("webhooks") and tenant.now.webhooks:
            first = tenant.now.webhooks[0]
            tenant.store.change_webhook(first["id"], HOOK, sorted(events), first["secret"])
            tenant.look()

    def decides(self, id_):
        """The carrier approves what it owes."""
        if id_ in self.world.tenant.owed:
            self.world.tenant.edit(id_, status="APPROVED")

    # The log

    def loses_log(self):
        """It is gone; what it remembered is not known any more."""
        for path in self.world.disk.folder.iterdir():
            path.unlink()
        self.world.disk.restore({})
        self._log_is_another()

    def _log_is_another(self):
        self.world.foreign_secret = True
        if not self.world.tenant.lists("webhooks"):
            self.world.spare_webhooks += 1

    def doubles_log(self):
        """A copy, as another machine has it."""
        if self.world.log.exists():
            self.kept = self.world.log.read_bytes()

    def goes_back(self):
        """The copy in the log's place: what was recorded since is not known any more."""
        if getattr(self, "kept", None) is not None:
            self.world.disk.restore({str(self.world.log): self.kept})
            lists = [self.world.tenant.lists(name) for name in ("registrations", "webhooks")]
            self.world.stale_log = self._honours_keys() or not all(lists)
            self._log_is_another()

    # Runs

    def plans(self, *, saved=True, strikes=()):
        path = str(self.world.folder / f"plan{len(self.world.plans)}.json")
        args = ("plan", "--format", "json", *(("--out", path) if saved else ()))
        run = self._run(*args, strikes=strikes)
        if saved and run.code == 0:
            plan = json.loads(Path(path).read_text("utf-8"))
            self.world.plans.append({**plan, "path": path})
        return run

    def reviews(self):
        """The latest saved plan is recorded as reviewed, offline."""
        if self.world.plans:
            return self._run("audit", "review", self.world.plans[-1]["path"])
        return None

    def accepts(self):
        """A person did in the console what the tenant's API cannot, and says so."""
        tenant = self.world.tenant
        wanted = self.world.wanted("webhook", HOOK)["events"]
        for one in tenant.now.webhooks:
            tenant.store.change_webhook(one["id"], HOOK, wanted, self.world.secret)
        if tenant.now.webhooks:
            tenant.look()
            self._run("audit", "accept", "--target", HOOK, "--reason", "done in the console")

    def publishes(self, *, strikes=()):
        return self._run("audit", "publish", strikes=strikes)

    def applies(self, how="yes", *, strikes=(), stdout="file", format_="json", meanwhile=None):
        """``how``: yes, asked, file, digest, continue; the latest saved plan is what was reviewed."""
        args = {
            "yes": ("--yes", "--allow-revoke", "--allow-many"),
            "asked": ("--allow-revoke", "--allow-many"),
            "continue": ("--continue",),
        }.get(how)
        if args is None:
            if not self.world.plans:
                return self.plans()
            plan = self.world.plans[-1]
            args = (plan["path"],) if how == "file" else ("--expect-digest", plan["digest"])
        waits = (lambda: self._meanwhile(meanwhile)) if how == "asked" else None
        args = ("apply", *args, "--format", format_)
        return self._run(*args, strikes=strikes, stdout=stdout, meanwhile=waits, named=how != "continue")

    def clears(self):
        """Good weather, and a carrier that decides: it converges in two applies, and the third writes nothing."""
        profile = self.world.tenant.profile
        self.world.tenant.profile = tuple(one for one in profile if not one.startswith("carrier"))
        for id_ in sorted(self.world.tenant.owed):
            self.decides(id_)
        runs = [self.applies() for _ in range(3)]
        if runs[0].code != 1:
            settled(self.world, runs)
        assert {run.code for run in runs} <= {0, 3}, f"untrue: nothing is done in good weather\n{runs[0]}"
        self.world.tenant.profile = profile

    def _meanwhile(self, edits):
        for edit in edits or ():
            getattr(self, edit[0])(*edit[1:])

    def _run(self, *args, strikes=(), stdout="file", meanwhile=None, named=True, log=None):
        world = self.world
        review = f"reviewer-{len(world.runs)}" if named else None
        run = start(
            world,
            args,
            strikes=strikes,
            happen=self._happens,
            stdout=stdout,
            review=review,
            meanwhile=meanwhile,
            log=log,
        )
        self._count(run)
        self._allow_for(run)
        try:
            judge(world, run)
        except AssertionError as broken:
            self.broken.append(broken)
        if self.broken and not run.nested:
            raise self.broken.pop(
                0
            )  # of a run within another too: that one would take it for an error of its own
        return run

    def _happens(self, strike):
        """What goes on while a run is at a request."""
        if strike.what == "edit":
            getattr(self, strike.arg[0])(*strike.arg[1:])
        elif strike.what == "log":
            self._accident(strike.arg)
        elif len(self.world.wires) == 1:
            self._another(strike.arg)

    def _another(self, how):
        """A second apply, while the first is at a request: on the same log, or by another name for it."""
        log = self.world.log
        if how == "alias" and log.exists():
            alias = log.with_name("alias.jsonl")
            if not alias.is_symlink():
                alias.symlink_to(log.name)
            log = alias
        elif how == "unlocked":
            self._accident("unlock")
        self._run("apply", "--yes", "--allow-revoke", "--allow-many", "--format", "json", log=log)

    def _accident(self, what):
        log = self.world.log
        if what == "unlock":
            log.with_name(f"{log.name}.lock").unlink(missing_ok=True)
        elif log.exists():
            if what == "truncate":
                os.truncate(log, log.stat().st_size // 2)
            elif what == "rename":
                log.rename(log.with_name("elsewhere.jsonl"))
            elif what == "folder":
                shutil.rmtree(log.parent)
                log.parent.mkdir()
            else:
                log.unlink()
            self._log_is_another()

    def _honours_keys(self):
        return not {"six-calls", "no-idempotency"} & set(self.world.tenant.profile)

    def _allow_for(self, run):
        """One more webhook may be there for each answer that was lost, where neither list nor key tells.

        A key stands for one body: it tells nothing once other events are asked for, which the run then says.
        """
        tenant = self.world.tenant
        if run.nested or tenant.lists("webhooks"):
            return
        posts = [write for write in run.writes if write.phase == "webhook" and write.made]
        lost = bool(TELLING & run.spoilt) or run.killed or run.code == 130
        if posts and self._honours_keys():
            wanted = self.world.wanted("webhook", HOOK)["events"]
            told = any(
                record.get("doubt")
                for record in book.records(run.log_after)
                if book.spot(record) == ("webhook", HOOK)
            )
            if self.lost_events not in (None, wanted) and (told or lost or "log" in run.spoilt):
                self.world.spare_webhooks += 1
            self.lost_events = wanted if lost else None
        elif posts and lost:
            self.world.spare_webhooks += len(posts)

    def _count(self, run):
        self.counts["runs"] = self.counts.get("runs", 0) + 1
        self.counts["requests"] = self.counts.get("requests", 0) + run.requests
        for what in run.spoilt:
            self.counts[what] = self.counts.get(what, 0) + 1
        if run.stdout != "file":
            self.counts["stdout"] = self.counts.get("stdout", 0) + 1


__all__ = ["LOG_ACCIDENTS", "OWING", "Team"]
