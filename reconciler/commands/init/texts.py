"""The texts of what is laid down, but for the workflows and schemas, which are the project's own files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.commands.init.facts import PACKAGE, word
from reconciler.kinds import conditional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.commands._shared.home import Home
    from reconciler.commands.init.facts import Facts, TenantFolder

INSTALL = """\
#!/usr/bin/env bash
# For the workflows: puts reconciler on the path, at the exact version of .github/requirements.txt and by its hashes.
# For another version, delete that file and run the other version's `reconciler init`.
set -euo pipefail
python3 -I -m venv "$RUNNER_TEMP/reconciler"
"$RUNNER_TEMP/reconciler/bin/pip" install --quiet --require-hashes --only-binary :all: -r .github/requirements.txt
echo "$RUNNER_TEMP/reconciler/bin" >> "$GITHUB_PATH"
"""

IGNORED = ".reconciler/"

GITIGNORE = f"""\
# What reconciler keeps on this machine: its local audit log, and the embedded CXone of --sandbox.
{IGNORED}
# What is made from it to be looked at: a plan belongs to the review that it was made for.
/plan.json
/report.*
# The private keys that `init` has made, until they are where they belong.
/reconciler-*-key*
"""

DEPENDABOT = f"""\
# Keeps the pins at their newest release: the actions', which are commits, and those of what {PACKAGE} needs. The
# workflows belong to a version of {PACKAGE} itself: for another, run its `reconciler init`.
version: 2
updates:
  - package-ecosystem: github-actions
    directory: /
    schedule:
      interval: monthly
    cooldown:
      default-days: 14
    groups:
      actions:
        patterns: ["*"]
  - package-ecosystem: pip
    directory: /.github
    schedule:
      interval: monthly
    cooldown:
      default-days: 14
    groups:
      requirements:
        patterns: ["*"]
    ignore:
      - dependency-name: {PACKAGE}
"""

EDITORCONFIG = """\
[*.{yaml,yml}]
charset = utf-8
end_of_line = lf
insert_final_newline = true
indent_style = space
indent_size = 2
"""

VSCODE_SETTINGS = """\
{
  "editor.renderControlCharacters": true,
  "editor.unicodeHighlight.ambiguousCharacters": true,
  "editor.unicodeHighlight.invisibleCharacters": true,
  "[yaml]": {
    "editor.renderWhitespace": "all",
    "editor.tabSize": 2,
    "files.eol": "\\n",
    "files.insertFinalNewline": true
  }
}
"""

VSCODE_EXTENSIONS = """\
{
  "recommendations": ["redhat.vscode-yaml", "editorconfig.editorconfig"]
}
"""

_EXAMPLE = """\
apiVersion: reconciler/v1
kind: Template
# An example, on the embedded CXone only: no tenant of yours has it. `reconciler import` writes those that it has.
id: tmpl_example
name: Appointment reminder
status: APPROVED
from_address: "45678"
content: "Acme Dental: see you {{date}}. Reply STOP to opt out."
a2p:
  campaign_name: Acme Dental appointments
  message_class: TRANSACTIONAL
  opt_in_language: "Patients tick \\"Text me about my appointments\\" on the registration form at the front desk."
variables:
  date: {max_length: 12}
"""

_POLICY = """\
apiVersion: reconciler/v1
kind: Policy
"""

_RULES = """\
max_segments: 1
# Short codes only.
sender_patterns: ['^[0-9]{5,6}$']
approve_from: [DRAFT, PENDING, SUBMITTED, IN_REVIEW]
"""


def example(tenant: TenantFolder) -> str:
    """The Template document to begin with."""
    return f"{_modeline(tenant, conditional().document.lower())}{_EXAMPLE}"


def policy(tenant: TenantFolder) -> str:
    """The Policy document; it names the tenant where that is known."""
    if tenant.base_url is None:
        whose = (
            "# The base URLs that this folder is for; on another tenant plan and apply refuse. While it is empty, any\n"
            "# will do: put yours here, such as https://acme.nicecxone.com.\n"
            "tenants: []\n"
        )
    else:
        whose = (
            "# The base URLs that this folder is for: on another tenant plan and apply refuse.\n"
            f"tenants: [{json.dumps(tenant.base_url)}]\n"
        )
    return f"{_modeline(tenant, 'policy')}{_POLICY}{whose}{_RULES}"


def _modeline(tenant: TenantFolder, schema: str) -> str:
    up = "" if tenant.folder == "." else "../" * (tenant.folder.count("/") + 1)
    return f"# yaml-language-server: $schema={up}schemas/{schema}.schema.json\n"


def entry(name: str, folder: str) -> str:
    """One tenant in ``.github/tenants.json``."""
    return json.dumps({"tenant": name, "templates": folder}, ensure_ascii=False)


def tenants(all_of_them: Sequence[TenantFolder]) -> str:
    """``.github/tenants.json``."""
    entries = ",\n".join(f"  {entry(tenant.name, tenant.folder)}" for tenant in all_of_them)
    return f"[\n{entries}\n]\n"


def hooks(all_of_them: Sequence[TenantFolder], facts: Facts) -> tuple[str, ...]:
    """A pre-commit repository of the kind ``local`` with a hook a folder, as an item of the list ``repos``.

    What comes as a wheel pre-commit finds on no index: then the hook runs the program that is on PATH.
    """
    program = (
        ("        language: system",)
        if facts.wheel is not None
        else (
            "        language: python",
            f'        additional_dependencies: ["{PACKAGE}=={facts.version}"]',
        )
    )
    lines = ["  - repo: local", "    hooks:"]
    for tenant in all_of_them:
        within = "" if tenant.folder == "." else f"{tenant.folder.replace('.', '[.]')}/"
        lines += [
            f"      - id: {hook_id(tenant)}",
            f"        name: reconciler validate ({tenant.folder})",
            f"        entry: reconciler validate --templates {word(tenant.folder)}",
            *program,
            f"        files: '^{within}.*[.]ya?ml$'",
            "        pass_filenames: false",
        ]
    return tuple(lines)


def hook_id(tenant: TenantFolder) -> str:
    """The hook's name, as ``pre-commit run`` takes it."""
    return f"reconciler-validate-{tenant.name}"


def pre_commit(facts: Facts) -> str:
    """``.pre-commit-config.yaml``."""
    return "\n".join(("repos:", *hooks(facts.tenants, facts))) + "\n"


def owned(all_of_them: Sequence[TenantFolder]) -> tuple[str, ...]:
    """What CODEOWNERS has a rule for: everything, then the workflows, each folder, and what its policy allows.

    Everything first, since a change to any file may stand in a pull request that is merged.
    """
    folders = [f"/{tenant.folder}/" if tenant.folder != "." else "/" for tenant in all_of_them]
    return ("*", "/.github/", *folders, *(f"{folder}policy.yaml" for folder in folders))


def rule(path: str, home: Home) -> str:
    """A line of CODEOWNERS."""
    return f"{path} @{home.owner}"


def codeowners(all_of_them: Sequence[TenantFolder], home: Home | None) -> str:
    """``.github/CODEOWNERS``; without a server that it could be read from, nobody owns anything yet."""
    paths = owned(all_of_them)
    lines = ["# Who must approve a change to what: the last line that matches counts."]
    if home is None:
        lines += ["# There was no remote to read an owner from: put yours in and take the # away."]
        lines += [f"# {path} @OWNER" for path in paths]
    else:
        lines += ["# An organisation owns no code: put a person or a team of it, such as @acme/compliance."]
        lines += [rule(path, home) for path in paths]
    return "\n".join(lines) + "\n"
