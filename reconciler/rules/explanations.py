"""Why each code exists, with an example that fails and one that passes: what ``explain`` and SARIF say of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from textwrap import fill
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.core.model import Severity
from reconciler.rules import CRASH, discover
from reconciler.rules.loading_codes import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.rules.loading_codes import LoadingCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One code. ``text`` is in paragraphs; the first says in a line what a finding means."""

    code: str
    name: str
    severity: Severity
    text: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text's paragraphs, line breaks kept."""
        return tuple(self.text.split("\n\n"))

    @property
    def summary(self) -> str:
        """The first paragraph on one line."""
        return " ".join(self.paragraphs[0].split())


@cache
def explanations() -> Mapping[str, Explanation]:
    """Every code there is, in order."""
    found = [_of_loading(entry) for entry in CODES.values()]
    found.append(Explanation(code=CRASH, name="rule-crash", severity=Severity.ERROR, text=_CRASH))
    found += [
        Explanation(code=rule.code, name=rule.name, severity=rule.severity, text=rule.docstring)
        for rule in discover().values()
    ]
    return MappingProxyType({each.code: each for each in sorted(found, key=lambda each: each.code)})


def nearest(code: str) -> str | None:
    """The code that was probably meant: by its digits, or by the rule's name."""
    from difflib import get_close_matches

    known = explanations()
    by_name = {each.name: each.code for each in known.values()}
    words = {**{code.lower(): code for code in known}, **by_name}
    meant = code[:64].lower()
    if meant.startswith("cx"):
        meant = meant.translate(_LOOKALIKES)
    found = get_close_matches(meant, words, n=1)
    return words[found[0]] if found else None


_LOOKALIKES = str.maketrans("oil", "011")


def _of_loading(entry: LoadingCode) -> Explanation:
    summary, fails, passes, source = _EXAMPLES[entry.code]
    why, origin = (
        fill(text, 106) for text in (f"Why and how to mend: {entry.explanation}", f"Source: {source}.")
    )
    text = f"{summary}\n\n{why}\n\nFails:   {fails}\nPasses:  {passes}\n\n{origin}"
    return Explanation(code=entry.code, name=entry.name, severity=entry.severity, text=text)


_YAML = "YAML 1.2, section"
_SCHEMAS = "the JSON Schemas in schemas/, and the README's chapter on desired state"
_EXAMPLES = {
    "CX001": (
        "A file that cannot be read as text.",
        "a template saved as UTF-16 or Windows-1252",
        "the same saved as UTF-8",
        f"{_YAML} 5.2 (encodings); a limit of 5 MiB a file",
    ),
    "CX002": (
        "YAML that cannot be read.",
        'content: "Reply STOP to opt out.',
        'content: "Reply STOP to opt out."',
        "YAML 1.1 as libyaml reads it, without tags",
    ),
    "CX003": (
        "A key that stands twice in one mapping.",
        "name: Reminder, and further down name: Recall",
        "name: Reminder, once",
        f"{_YAML} 3.2.1.3 (keys are unique)",
    ),
    "CX004": (
        "A document that is not of its kind's form.",
        'form_address: "45678"',
        'from_address: "45678"',
        _SCHEMAS,
    ),
    "CX005": (
        "A webhook's secret that cannot be had here.",
        "secret: {env: HOOK_SECRET}, and HOOK_SECRET is not set",
        "the same where HOOK_SECRET holds 24 bytes or more",
        "Standard Webhooks (a secret has 24 to 64 bytes) and RFC 2104, section 3 (short keys weaken an HMAC)",
    ),
    "CX006": (
        "Two documents for one template or webhook.",
        "two documents with id: tmpl_a",
        "id: tmpl_a in one, id: tmpl_b in the other",
        _SCHEMAS,
    ),
    "CX007": (
        "Text without quotes that YAML reads as something else.",
        "from_address: 45678",
        'from_address: "45678"',
        "the types of YAML 1.1 (yaml.org/type); YAML 1.2, section 10.3 has others. `validate --fix` mends it",
    ),
    "CX008": (
        "A comment that cuts a text short.",
        "content: Order #1 shipped",
        'content: "Order #1 shipped"',
        f"{_YAML} 6.6 (comments)",
    ),
    "CX009": (
        "A line break at the end of a text.",
        "content: |",
        "content: |-",
        f"{_YAML} 8.1.1.2 (block chomping). `validate --fix` mends it",
    ),
    "CX010": (
        "A merge key, or aliases that blow the file up.",
        "<<: *defaults",
        "name: Reminder, and every other key written out",
        "the merge key of YAML 1.1 (yaml.org/type/merge.html), which YAML 1.2 does not have",
    ),
    "CX011": (
        "A sender pattern that is no regular expression.",
        "sender_patterns: ['^[0-9{5}$']",
        "sender_patterns: ['^[0-9]{5}$']",
        "the syntax of Python's re module, with \\d for 0 to 9 only",
    ),
    "CX012": (
        "A webhook's secret that names a credential of something else.",
        "secret: {env: GITHUB_TOKEN}",
        "secret: {env: CXONE_WEBHOOK_SECRET}",
        "OWASP Top 10 CI/CD Security Risks, CICD-SEC-6 (credential hygiene)",
    ),
    "CX013": (
        "More than one Policy.",
        "kind: Policy in policy.yaml, and again in policy-old.yaml",
        "kind: Policy in policy.yaml alone",
        _SCHEMAS,
    ),
}
"""By code: what a finding means, what fails, what passes, the source."""

_CRASH = """A rule of this tool crashed, so the document was not checked against it.

Why and how to mend: this is a bug in the rule, not in the document. It counts as an error, since nobody knows what
the rule would have found, and neither a waiver nor the Policy's severities change that. Report it with the document.

Fails:   any document that the rule cannot bear
Passes:  the same document once the rule is mended

Source: the rules' own engine in reconciler/rules."""
