"""Runs a workflow for real, as GitHub would: events, needs, matrices, environments, permissions, called workflows."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import hub as keeping
from artifacts import names_of, read_in
from expressions import Context, Scope, Standing, text_of
from jobs import Desk, JobRun, StepRun, Steps
from runs import Frame, Run, Under, combinations, need_of, within, worst
from tokens import token_of
from workflow import Workflow, WorkflowError, needs_of


class Runner:
    """``environments``: ``{name: {"secrets", "vars", "branches", "reviewers"}}``; ``machine``: the machines' own."""

    def __init__(self, *, hub, git, folder, environments, machine, secrets=None, variables=None):
        self.hub, self.git, self.folder, self.machine = hub, git, folder, machine
        self.environments = environments
        self.secrets, self.variables = secrets or {}, variables or {}
        self.leaks = []
        """Where a secret stood that nobody should see."""

    def workflow(self, path, sha):
        """A workflow file as it stands in a commit."""
        asked = ["git", "--git-dir", str(self.git), "show", f"{sha}:{path}"]
        shown = subprocess.run(asked, capture_output=True, text=True, check=True)
        return Workflow(shown.stdout, path.rpartition("/")[2])

    def run(
        self, name, event, *, before=None, lost=None, cancelled=None, let_through=None, attempt=1, without=()
    ):
        """Run ``.github/workflows/NAME`` for the event; None where the event does not start it.

        ``before``: ``{(job, step): callable}``; ``lost``: ``{job: step}`` after which the job's machine dies, and
        ``cancelled`` the same for who cancels the run; ``let_through``: (who, "approved" or "rejected") for an
        environment with reviewers; ``without``: jobs that a test has no need of, to save its time.
        """
        workflow = self.workflow(f".github/workflows/{name}", event.sha)
        for key in without:
            workflow.jobs.pop(key, None)
        if not workflow.starts(event.name, event.payload, event.changed):
            return None
        inputs = {}
        if event.name == "workflow_dispatch":
            inputs = Context(workflow.inputs(event.name, event.payload["inputs"]))
        with self.hub.change() as state:
            began = keeping.add_run(
                state,
                workflow=name,
                event=event.name,
                head_sha=event.head_sha,
                head_branch=event.head_branch,
                actor=event.actor,
                head_repository=event.head_repository,
                pulls=_pulls(event),
            )
        github = {**self._github(event, workflow, began["id"]), "run_attempt": attempt}
        folder = self.folder / str(began["id"])
        under = Under(
            event=event,
            github=github,
            folder=folder,
            before=before or {},
            lost=lost or {},
            cancelled=cancelled or {},
            let_through=let_through,
            without=without,
        )
        run = self._whole(under, workflow, inputs)
        with self.hub.change() as state:
            keeping.end_run(state, run.id, run.conclusion)
        self._look_for_leaks(run)
        return run

    def _whole(self, under, workflow, inputs):
        frame = Frame(workflow=workflow, inputs=inputs)
        scope = self._scope(under, frame)
        title = text_of(scope.filled(workflow.body.get("run-name"))) or workflow.body["name"]
        if "concurrency" in workflow.body:
            under.concurrency.append(scope.filled(workflow.body["concurrency"])["group"])
        self._all(under, frame)
        return Run(id=under.github["run_id"], jobs=under.jobs, concurrency=under.concurrency, title=title)

    def _github(self, event, workflow, run_id):
        state = self.hub.read()
        server, full_name = state["server"], state["repository"]["full_name"]
        return {
            "event_name": event.name,
            "event": event.payload,
            "ref": event.ref,
            "ref_name": event.ref.removeprefix("refs/heads/").removeprefix("refs/pull/"),
            "sha": event.sha,
            "base_ref": event.base_ref,
            "head_ref": event.head_ref,
            "actor": event.actor,
            "triggering_actor": event.actor,
            "repository": full_name,
            "repository_owner": full_name.partition("/")[0],
            "run_id": run_id,
            "run_attempt": 1,
            "server_url": server,
            "api_url": f"{server}/api/v3",
            "workflow": workflow.body["name"],
        }

    def _scope(self, under, frame, standing=None, **more):
        contexts = {"github": Context(under.github), "inputs": frame.inputs, "vars": self.variables, **more}
        return Scope(contexts, standing)

    def _all(self, under, frame):
        """All jobs, each as soon as those that it needs have ended: ``{key: (result, outputs)}``."""
        jobs = frame.workflow.jobs
        order = sorted(jobs, key=lambda key: len(frame.workflow.ancestors(key)))
        ended = {}
        with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
            for key in order:
                ended[key] = pool.submit(self._job, under, frame, key, dict(ended))
            return {key: future.result() for key, future in ended.items()}

    def _job(self, under, frame, key, ended):
        job = frame.workflow.jobs[key]
        ancestors = {need: ended[need].result() for need in frame.workflow.ancestors(key)}
        needs = Context({need: need_of(ancestors[need]) for need in needs_of(job)})
        standing = Standing([result for result, _ in ancestors.values()], stopped=under.stopped)
        scope = self._scope(under, frame, standing, needs=needs)
        if not scope.condition(job.get("if")):
            with under.lock:
                name = frame.prefix + str(job.get("name", key))
                under.jobs[name] = JobRun(name=name, result="skipped")
            return "skipped", dict.fromkeys(job.get("outputs", {}), "")
        chosen = combinations(scope.filled(job.get("strategy", {})))
        with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
            ends = [pool.submit(self._one, under, frame, key, needs, matrix) for matrix in chosen]
            results = [end.result() for end in ends]
        return worst([each for each, _ in results]), results[-1][1]

    def _one(self, under, frame, key, needs, matrix):
        """One job of a matrix: its result and outputs."""
        job = frame.workflow.jobs[key]
        more = {"needs": needs, "matrix": Context(matrix)}
        scope = self._scope(under, frame, **more)
        name = frame.prefix + scope.filled(job.get("name", key))
        if "concurrency" in job:
            with under.lock:
                under.concurrency.append(scope.filled(job["concurrency"])["group"])
        permissions = self._permissions(under, frame, job, name)
        if "uses" in job:
            return self._call(under, frame, job, name, permissions, more)
        return self._steps(under, frame, (key, name), permissions, more)

    def _permissions(self, under, frame, job, name):
        """What the job's token may. WorkflowError where a called job asks for more than its caller has."""
        asked = job.get("permissions", frame.workflow.body.get("permissions"))
        if asked is None:
            raise WorkflowError(f"{name}: no permissions are named")
        for scope, level in asked.items():
            if frame.cap is not None and level not in within(frame.cap.get(scope, "none")):
                raise WorkflowError(
                    f"{name}: asks for {scope}: {level}, its caller has {frame.cap.get(scope)}"
                )
        if under.event.writes:
            return dict(asked)
        return {scope: "read" if level == "write" else level for scope, level in asked.items()}

    def _call(self, under, frame, job, name, permissions, more):
        path = job["uses"].removeprefix("./")
        if path == job["uses"]:
            raise WorkflowError(f"{name}: {job['uses']} is not in this repository")
        called = self.workflow(path, under.event.sha)
        for key in under.without:
            called.jobs.pop(key, None)
        given = self._scope(under, frame, **more).filled(job.get("with", {}))
        inputs = Context(called.inputs("workflow_call", given))
        declared = called.on["workflow_call"].get("secrets", {})
        if unknown := set(job.get("secrets", {})) - set(declared):
            raise WorkflowError(f"{name}: unexpected secrets {sorted(unknown)}")
        secrets = self._secrets(under, frame, None)
        passed = self._scope(under, frame, secrets=secrets, **more).filled(job.get("secrets", {}))
        inner = Frame(workflow=called, inputs=inputs, prefix=f"{name} / ", passed=passed, cap=permissions)
        return worst([result for result, _ in self._all(under, inner).values()]), {}

    def _secrets(self, under, frame, environment):
        """The secrets a job sees. A called workflow's: those passed by name, the environment's in their place."""
        if not under.event.trusted:
            return {}
        own = self.environments.get(environment, {}).get("secrets", {})
        if frame.passed is None:
            return {**self.secrets, **own}
        return {**frame.passed, **{name: value for name, value in own.items() if name in frame.passed}}

    def _steps(self, under, frame, names, permissions, more):
        key, name = names
        job = frame.workflow.jobs[key]
        environment = self._scope(under, frame, **more).filled(job.get("environment"))
        if isinstance(environment, dict):
            environment = environment["name"]
        if (refused := self._refused(under, environment)) is not None:
            return self._ended(under, JobRun(name=name, result="failure", steps=[refused]))
        token = token_of(name, permissions)
        github = Context({**under.github, "token": token, "job": key, "workspace": ""})
        known = self.environments.get(environment, {})
        contexts = {
            "github": github,
            "inputs": frame.inputs,
            **more,
            "vars": {**self.variables, **known.get("vars", {})},
            "secrets": {**self._secrets(under, frame, environment), "GITHUB_TOKEN": token},
        }
        scope = Scope(contexts)
        env = {**scope.filled(frame.workflow.body.get("env", {})), **scope.filled(job.get("env", {}))}
        desk = Desk(
            folder=under.folder / str(next(under.numbers)),
            hub=self.hub,
            run_id=under.github["run_id"],
            github=github,
            token=token,
            permissions=permissions,
            machine=self.machine,
            contexts=contexts,
            env={variable: text_of(value) for variable, value in env.items()},
            working_directory=frame.workflow.working_directory,
        )
        desk.folder.mkdir(parents=True)
        before = {step: call for (where, step), call in under.before.items() if where == name}
        steps = Steps(desk, before, under.lost.get(name), under.cancelled.get(name))
        result = steps.run(job["steps"])
        under.stopped = under.stopped or result == "cancelled"
        outputs = {each: text_of(steps.scope().filled(text)) for each, text in job.get("outputs", {}).items()}
        ran = JobRun(name=name, result=result, outputs=outputs, steps=steps.done, sarif=desk.sarif)
        ran.summary = steps.summary
        return self._ended(under, ran)

    def _refused(self, under, environment):
        """An environment that only some branches may use, or that its reviewers did not let through."""
        known = self.environments.get(environment, {})
        branches = known.get("branches")
        if branches is not None and under.github["ref_name"] not in branches:
            said = f"{under.github['ref_name']} is not allowed to deploy to {environment}"
        elif known.get("reviewers") and not self._approved(under, environment, known["reviewers"]):
            said = f"The deployment was rejected or didn't satisfy other protection rules: {environment}"
        else:
            return None
        return StepRun(name="Set up job", outcome="failure", log=f"::error::{said}\n")

    def _approved(self, under, environment, reviewers):
        """What GitHub remembers of the reviewers' answer, and whether it was a yes."""
        who, state = under.let_through
        assert who in reviewers, f"{who} is not asked"
        with self.hub.change() as hub:
            hub["approvals"].append(
                {
                    "run": under.github["run_id"],
                    "state": state,
                    "comment": "",
                    "user": keeping.user(who),
                    "environments": [{"id": 1, "name": environment}],
                }
            )
        return state == "approved"

    def _ended(self, under, ran):
        with under.lock:
            under.jobs[ran.name] = ran
        return ran.result, ran.outputs

    def _look_for_leaks(self, run):
        """No secret may stand in a log, a summary, an output or an artifact, masked by GitHub or not."""
        state = self.hub.read()
        places = {"the log": run.log, "the summary": run.summary, "the hub": json.dumps(state)}
        places |= {f"outputs of {name}": json.dumps(job.outputs) for name, job in run.jobs.items()}
        for artifact in state["artifacts"]:
            if artifact["workflow_run"]["id"] == run.id:
                content = self.hub.zip_of(artifact["id"])
                files = [read_in(content, name).decode("utf-8", "replace") for name in names_of(content)]
                places[f"the artifact {artifact['name']}"] = "\n".join(files)
        known = [self.secrets, *(each.get("secrets", {}) for each in self.environments.values())]
        secrets = {value for each in known for name, value in each.items() if not name.endswith("_ID")}
        run.leaks += [
            f"{run.title}: {where}"
            for where, text in places.items()
            if any(secret in text for secret in secrets)
        ]
        self.leaks += run.leaks


def _pulls(event):
    """The open pull requests that GitHub lists with a run."""
    pull = event.payload.get("pull_request")
    return () if pull is None else ((pull["number"], pull["base"]["ref"]),)
