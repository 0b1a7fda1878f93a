"""What is laid down and what is next, from facts alone."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import click
import pytest
import yaml

from reconciler.commands import reconciler
from reconciler.commands._shared.home import Home, home_of
from reconciler.commands.init import files as scaffold
from reconciler.commands.init.facts import Facts, Laid, TenantFolder
from reconciler.commands.init.files import files
from reconciler.commands.init.next_steps import steps

HOME = Home(host="github.com", owner="acme", name="messages")
ACME = TenantFolder(name="acme", folder="templates.d")
SEVERAL = (TenantFolder(name="acme", folder="tenants/acme"), TenantFolder(name="beta", folder="tenants/beta"))
WORKFLOW = "on:\n  push:\n    branches: [main]\n    paths: [x]\n# main\n"
FACTS = Facts(
    tenants=(ACME,),
    version="9.8.7",
    audit_branch="reconciler-audit",
    home=HOME,
    workflows={"apply.yml": WORKFLOW},
    schemas={"template.schema.json": "{}\n"},
    requirements="cxone-reconciler==9.8.7 \\\n",
)


def texts(facts: Facts) -> dict[str, str]:
    """The files by path."""
    return {file.path: file.text for file in files(facts)}


def told(facts: Facts, **laid):
    """The steps by title."""
    return {step.title: step for step in steps(facts, files(facts), Laid(**laid))}


def lines(facts: Facts, **laid) -> list[str]:
    """Every line to copy, in order."""
    return [line for step in told(facts, **laid).values() for line in step.lines]


def one(found: dict, word: str):
    """The only step whose title has the word."""
    (title,) = [title for title in found if word in title]
    return found[title]


def bodies(facts: Facts) -> dict[str, dict]:
    """The JSON bodies of calls, by what is called."""
    all_of_them, found = lines(facts), {}
    for at, line in enumerate(all_of_them):
        if line.endswith(" \\"):
            end = next(i for i in range(at, len(all_of_them)) if not all_of_them[i].endswith("\\"))
            if line.startswith("gh api"):
                words = shlex.split(
                    " ".join(each.removesuffix("\\") for each in all_of_them[at + 1 : end + 1])
                )
                found.setdefault(line.removesuffix(" \\"), []).append(body_of(words[1::2]))
        if line.endswith(("<<'JSON'", "<<JSON")):
            end = all_of_them.index("JSON", at)
            text = "".join(all_of_them[at + 1 : end]).replace("$(gh api users/REVIEWER --jq .id)", "7")
            found.setdefault(line.split(" --input")[0], []).append(json.loads(text))
    return found


def body_of(fields: list[str]) -> dict:
    """What gh makes of its fields: ``a[b][]=c`` and ``a[][b]=c``, values by their looks."""
    body: dict = {}
    for field in fields:
        name, _, text = field.partition("=")
        value = 7 if text.startswith("$(") else _typed(text)
        first, *keys = name.replace("]", "").split("[")
        holder, key = body, first
        for follow in keys:
            if follow == "":
                holder = holder.setdefault(key, [])
                key = None
            elif key is None:
                if not holder or follow in holder[-1]:
                    holder.append({})
                holder, key = holder[-1], follow
            else:
                holder, key = holder.setdefault(key, {}), follow
        if key is None:
            holder.extend([value] if "=" in field else [])
        else:
            holder[key] = value
    return body


def _typed(text: str):
    return json.loads(text) if text in ("true", "false", "null") or text.isdigit() else text


def test_one_tenant_has_templates_d_and_several_have_a_folder_each():
    """The folders, the tenants' list, the hooks and the owners go by the same names."""
    alone, several = texts(FACTS), texts(replace(FACTS, tenants=SEVERAL))
    assert {"templates.d/example.yaml", "templates.d/policy.yaml"} <= set(alone)
    assert {f"tenants/{name}/policy.yaml" for name in ("acme", "beta")} <= set(several)
    assert json.loads(several[".github/tenants.json"]) == [
        {"tenant": "acme", "templates": "tenants/acme"},
        {"tenant": "beta", "templates": "tenants/beta"},
    ]
    (hooks,) = [repo["hooks"] for repo in yaml.safe_load(several[".pre-commit-config.yaml"])["repos"]]
    assert [hook["entry"] for hook in hooks] == [
        "reconciler validate --templates tenants/acme",
        "reconciler validate --templates tenants/beta",
    ]
    assert all(hook["additional_dependencies"] == ["cxone-reconciler==9.8.7"] for hook in hooks)
    owners = [line for line in several[".github/CODEOWNERS"].splitlines() if line.startswith("/")]
    assert owners == [
        "/.github/ @acme",
        "/tenants/acme/ @acme",
        "/tenants/beta/ @acme",
        "/tenants/acme/policy.yaml @acme",
        "/tenants/beta/policy.yaml @acme",
    ]


@pytest.mark.parametrize(
    ("branch", "written"),
    [
        ("main", "[main]"),
        ("master", "[master]"),
        ("release/v1", "[release/v1]"),
        ("1.0", '["1.0"]'),
        ("on,off", '["on,off"]'),
    ],
)
def test_only_the_default_branch_is_replaced_in_a_workflow(branch, written):
    """Whatever its name, YAML reads it back as that one branch, and all else stays byte for byte."""
    text = texts(replace(FACTS, default_branch=branch))[".github/workflows/apply.yml"]
    assert text == WORKFLOW.replace("[main]", written)
    assert yaml.safe_load(text)[True]["push"]["branches"] == [branch]


def test_the_policy_names_the_tenant_that_is_set_here():
    """Known, it is in `tenants`; unknown, the list is empty and a comment says what to put there."""
    known = texts(replace(FACTS, tenants=(replace(ACME, base_url="https://acme.nicecxone.com"),)))
    assert yaml.safe_load(known["templates.d/policy.yaml"])["tenants"] == ["https://acme.nicecxone.com"]
    unknown = texts(FACTS)["templates.d/policy.yaml"]
    assert yaml.safe_load(unknown)["tenants"] == []
    assert "# " in unknown.split("tenants:")[0].splitlines()[-1]


def test_a_folder_with_yaml_in_it_gets_no_example():
    """Whoever has begun has templates of their own."""
    assert not [
        path
        for path in texts(replace(FACTS, tenants=(replace(ACME, in_use=True),)))
        if path.startswith("templates.d/")
    ]


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("https://github.com/acme/messages.git", ("github.com", "acme", "messages")),
        ("https://github.com/acme/messages", ("github.com", "acme", "messages")),
        ("https://user:token@GitHub.com/acme/my.repo.git/", ("github.com", "acme", "my.repo")),
        ("git@github.com:acme/messages.git", ("github.com", "acme", "messages")),
        ("github.com:acme/messages", ("github.com", "acme", "messages")),
        ("ssh://git@git.example.com:2222/acme/messages.git", ("git.example.com", "acme", "messages")),
        ("git+ssh://git@github.com/acme/messages", ("github.com", "acme", "messages")),
        ("/srv/git/messages.git", None),
        ("../acme/messages", None),
        ("file:///srv/git/messages.git", None),
        ("https://git.example.com/a/b/c.git", None),
        ("https://github.com/acme/mess$(id)ages", None),
    ],
)
def test_owner_and_name_are_in_the_remotes_url(url, home):
    """In each form that git takes; no word of the shell's and no password gets out of it."""
    found = home_of(url)
    assert (found and (found.host, found.owner, found.name)) == home


def test_without_an_owner_codeowners_is_a_comment():
    """Nobody is invented; the lines are there to be taken over."""
    text = texts(replace(FACTS, home=None))[".github/CODEOWNERS"]
    assert all(line.startswith("#") for line in text.splitlines())
    assert "# /templates.d/ @OWNER" in text


def test_the_list_is_in_the_order_in_which_it_must_be_done():
    """What the first push needs first, what needs the environments last."""
    found = list(told(FACTS, written=(scaffold.CODEOWNERS,), uncommitted=frozenset({".github/x"})))
    words = (
        *(
            "Commit and push",
            "Push the audit log",
            "acme-plan",
            "acme-apply",
            "acme-record",
            "acme-by-hand",
            "deploy key",
            "Close reconciler-audit",
            "Sign the audit log",
            "Protect main",
        ),
        *(
            "workflows read",
            "Keep the repository private",
            "Import",
            "Check what acme needs",
            "first pull request",
        ),
    )
    assert len(found) == len(words)
    for title, word in zip(found, words, strict=True):
        assert word in title


def test_rulesets_and_environments_are_bodies_that_github_takes():
    """The rules by name, for this repository, as JSON that a shell hands on as it is."""
    found = bodies(replace(FACTS, default_branch="master", tenants=SEVERAL))
    audit, review = found["gh api --method POST repos/acme/messages/rulesets"]
    assert audit["conditions"]["ref_name"]["include"] == ["refs/heads/reconciler-audit"]
    assert {rule["type"] for rule in audit["rules"]} == {"update", "deletion", "non_fast_forward"}
    assert audit["bypass_actors"] == [{"actor_id": None, "actor_type": "DeployKey", "bypass_mode": "always"}]
    assert audit["enforcement"] == review["enforcement"] == "active"
    rules = {rule["type"]: rule.get("parameters") for rule in review["rules"]}
    assert rules["pull_request"]["required_approving_review_count"] == 1
    for key in ("dismiss_stale_reviews_on_push", "require_code_owner_review", "require_last_push_approval"):
        assert rules["pull_request"][key] is True
    checks = {check["context"] for check in rules["required_status_checks"]["required_status_checks"]}
    assert checks == {"Planned"}, "the one check that comes whatever a change touches"
    (environment,) = found["gh api --method PUT repos/acme/messages/environments/beta-by-hand"]
    assert environment["reviewers"] == [{"type": "User", "id": 7}]
    assert environment["prevent_self_review"] is True
    assert environment["deployment_branch_policy"] == {
        "protected_branches": False,
        "custom_branch_policies": True,
    }
    said = lines(replace(FACTS, default_branch="master", tenants=SEVERAL))
    for name in ("beta-apply", "beta-record", "beta-by-hand"):
        where = f"repos/acme/messages/environments/{name}/deployment-branch-policies"
        assert f"gh api --method POST {where} -f name=master" in said


def test_the_plans_environment_gets_no_secret_of_the_applys():
    """Two clients, and the webhook's secret for apply alone."""
    plan = one(told(FACTS), "acme-plan")
    apply = one(told(FACTS), "acme-apply")
    assert not [line for line in plan.lines if "WEBHOOK" in line]
    assert "messaging:read" in plan.why
    assert "gh secret set CXONE_WEBHOOK_SECRET --env acme-apply --repo acme/messages" in apply.lines
    assert "gh secret set CXONE_CLIENT_SECRET --env acme-plan --repo acme/messages" in plan.lines
    assert not [line for line in apply.lines if "REVIEWER" in line], "nothing waits in the tenant's queue"


def test_variables_are_those_that_are_set_here():
    """Known values stand in the commands, quoted; gh asks for others."""
    known = replace(
        ACME, variables=(("CXONE_BASE_URL", "https://a.example.com/x y"), ("CXONE_TOKEN_URL", "https://t"))
    )
    set_here = [line for line in lines(replace(FACTS, tenants=(known,))) if line.startswith("gh variable")]
    assert [shlex.split(line)[3::1][:1] for line in set_here] == [["CXONE_BASE_URL"], ["CXONE_TOKEN_URL"]] * 2
    assert shlex.split(set_here[0])[-1] == "https://a.example.com/x y"
    asked = [line for line in lines(FACTS) if line.startswith("gh variable")]
    assert asked == [
        "gh variable set CXONE_ORG --env acme-plan --repo acme/messages",
        "gh variable set CXONE_ORG --env acme-apply --repo acme/messages",
    ]


def test_another_server_is_named_and_an_unknown_repository_is_ghs_to_find():
    """gh goes to github.com unless it is told otherwise; without a remote it looks at the checkout."""
    elsewhere = lines(replace(FACTS, home=replace(HOME, host="git.example.com")))
    calls = [line for line in elsewhere if line.startswith("gh api")]
    assert calls
    assert all(line.startswith("gh api --hostname git.example.com --method ") for line in calls)
    assert all(
        "--repo git.example.com/acme/messages" in line for line in elsewhere if line.startswith("gh secret")
    )
    unknown = lines(replace(FACTS, home=None, origin=False, folder="my messages"))
    assert all("repos/{owner}/{repo}/" in line for line in unknown if line.startswith("gh api"))
    assert "gh repo create 'my messages' --private --source . --remote origin" in unknown


def test_a_commit_beside_the_default_branch_runs_its_checks():
    """On the default branch there is nothing to apply with yet, so that push starts no workflow."""
    new = {"uncommitted": frozenset({".gitignore"})}
    assert "[skip ci]" in "".join(one(told(FACTS, **new), "Commit").lines)
    beside = one(told(replace(FACTS, branch="setup"), **new), "Commit")
    assert "[skip ci]" not in "".join(beside.lines)
    assert beside.lines[-1] == "git push -u origin setup"
    assert "Merge it into main" in beside.why


def test_what_is_done_is_not_asked_for():
    """With everything committed and the audit log's branch on the server, the environments come first."""
    found = list(told(FACTS, audit_pushed=True))
    assert found[0].endswith("acme-plan")


def test_the_deploy_key_is_a_secret_of_what_records_and_lies_nowhere_else():
    """One key for all tenants' environments that record; its file is taken away, and it is in no other environment."""
    step = one(told(replace(FACTS, tenants=SEVERAL)), "deploy key")
    secrets = [line for line in step.lines if "gh secret set RECONCILER_DEPLOY_KEY" in line]
    assert [shlex.split(line)[5] for line in secrets] == ["acme-record", "beta-record"]
    assert step.lines[-1] == "rm reconciler-deploy-key reconciler-deploy-key.pub"
    elsewhere = [line for line in lines(replace(FACTS, tenants=SEVERAL)) if "RECONCILER_DEPLOY_KEY" in line]
    assert elsewhere == secrets


def test_the_logs_key_is_a_secret_of_what_writes_it_and_of_what_acts_by_it():
    """Of every tenant, and of no environment that a pull request can reach."""
    step = one(told(replace(FACTS, tenants=SEVERAL)), "Sign the audit log")
    secrets = [line for line in step.lines if "gh secret set RECONCILER_LOG_KEY" in line]
    assert [shlex.split(line)[5] for line in secrets] == [
        *("acme-record", "acme-apply"),
        *("beta-record", "beta-apply"),
    ]
    elsewhere = [line for line in lines(replace(FACTS, tenants=SEVERAL)) if "RECONCILER_LOG_KEY" in line]
    assert elsewhere == secrets


KEPT = {
    ".gitignore": "*.pyc\n",
    ".pre-commit-config.yaml": "repos: []\n",
    ".github/CODEOWNERS": "/.github/ @ops\n/templates.d/ # nobody\n",
    ".github/tenants.json": "[]",
    ".github/requirements.txt": "cxone-reconciler==1.0 \\\n",
    ".github/workflows/apply.yml": "another: one\n",
}


def test_plans_and_reports_are_ignored():
    """A plan, a report and a private key in the repository's root are not committed by accident."""
    assert {"/plan.json", "/report.*", "/reconciler-*-key*", ".reconciler/"} <= set(
        texts(FACTS)[".gitignore"].splitlines()
    )


def test_kept_files_that_lack_something_are_named_with_the_lines_to_add():
    """Each with exactly what would have been in a new file."""
    found = told(replace(FACTS, listed=()), kept=KEPT)
    assert one(found, ".gitignore").lines == (".reconciler/",)
    repos = yaml.safe_load("repos:\n" + "\n".join(one(found, ".pre-commit-config").lines))["repos"]
    assert repos == yaml.safe_load(texts(FACTS)[".pre-commit-config.yaml"])["repos"]
    assert one(found, "CODEOWNERS").lines == (
        "* @acme",
        "/templates.d/ @acme",
        "/templates.d/policy.yaml @acme",
    )
    assert [json.loads(line) for line in one(found, "tenants.json").lines] == [
        {"tenant": "acme", "templates": "templates.d"}
    ]
    assert "9.8.7" in one(found, "requirements.txt").title
    assert "apply.yml" in one(found, "Compare").title


def test_kept_files_that_lack_nothing_are_not_mentioned():
    """What this version lays down, and equally good lines of one's own, need nobody."""
    mine = {
        ".gitignore": "/.reconciler\n",
        "docs/CODEOWNERS": "* @ops\n",
        ".pre-commit-config.yaml": texts(FACTS)[".pre-commit-config.yaml"],
    }
    for kept in (texts(FACTS), mine):
        found = told(replace(FACTS, listed=("acme",)), kept=kept, audit_pushed=True)
        assert next(iter(found)).endswith("acme-plan")


def test_its_own_commands_are_taken():
    """Every command line of this program in the list has a command and options that exist."""
    told = [line for line in lines(replace(FACTS, tenants=SEVERAL)) if line.startswith("reconciler ")]
    assert {line.split()[1] for line in told} == {"import", "doctor"}
    for line in told:
        _, name, *words = shlex.split(line)
        command = reconciler.get_command(click.Context(reconciler), name)
        assert command is not None
        command.make_context(name, words)


def test_no_step_needs_a_shell_to_be_lucky():
    """Hostile names are one word each in every command line."""
    odd = "ma'in; rm -rf $HOME"
    told = lines(replace(FACTS, default_branch=odd, branch=odd, folder=odd, home=None, origin=False))
    naming = [line for line in told if "rm -rf" in line]
    assert naming != []
    for line in naming:
        assert any(odd in word for word in shlex.split(line)), line
