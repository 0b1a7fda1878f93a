"""The codes of loading, CX0xx, with their words."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.core.model import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingCode:
    """One code of CX0xx: what a finding means, why and what to do, what fails, what passes, and the source."""

    code: str
    name: str
    summary: str
    why: str
    fails: str
    passes: str
    source: str
    severity: Severity = Severity.ERROR


TABLE = (
    LoadingCode(
        code="CX001",
        name="unreadable",
        summary="A file that cannot be read as text.",
        why=(
            "The file cannot be read as text: it is missing, not a regular file, not permitted, "
            "larger than 5 MiB, not UTF-8, or a link that leads out of the Git work tree, where no "
            "review looks. Save it as UTF-8; a file that an editor wrote as Latin-1 or UTF-16 shows "
            "the first byte that is not UTF-8."
        ),
        fails="a template saved as UTF-16 or Windows-1252",
        passes="the same saved as UTF-8",
        source="YAML 1.2, section 5.2 (encodings); a limit of 5 MiB a file",
    ),
    LoadingCode(
        code="CX002",
        name="syntax",
        summary="YAML that cannot be read.",
        why=(
            "The file is not the YAML that is read here: a quote that is not closed, a tab as "
            "indentation, a bare `: ` inside a text, a tag such as !!python/object, nesting "
            "deeper than 20. Documents before the place are read, those after it are not."
        ),
        fails='content: "Reply STOP to opt out.',
        passes='content: "Reply STOP to opt out."',
        source="YAML 1.1 as libyaml reads it, without tags",
    ),
    LoadingCode(
        code="CX003",
        name="duplicate-key",
        summary="A key that stands twice in one mapping.",
        why=(
            "A key stands twice in one mapping. YAML readers silently keep one of the two, and "
            "not all the same one, so what was reviewed might not be what is sent. Remove one of "
            "them."
        ),
        fails="name: Reminder, and further down name: Recall",
        passes="name: Reminder, once",
        source="YAML 1.2, section 3.2.1.3 (keys are unique)",
    ),
    LoadingCode(
        code="CX004",
        name="schema",
        summary="A document that is not of its kind's form.",
        why=(
            "The document is not of its kind's form: a key is missing or unknown, or a value has "
            "the wrong type or form. The schemas in `schemas/` say what each key means; an editor"
            " that knows the yaml-language-server line shows the same while you write."
        ),
        fails='form_address: "45678"',
        passes='from_address: "45678"',
        source="the JSON Schemas in schemas/, and `reconciler help files`",
    ),
    LoadingCode(
        code="CX005",
        name="secret-source",
        severity=Severity.WARNING,
        summary="A webhook's secret that cannot be read here.",
        why=(
            "The variable or file that a webhook's secret comes from cannot be read here, or"
            " what it holds is shorter than 24 bytes. A warning in validate and plan, "
            "which may run where secrets are not; an error in apply when an action needs it."
        ),
        fails="secret: {env: HOOK_SECRET}, and HOOK_SECRET is not set",
        passes="the same where HOOK_SECRET holds 24 bytes or more",
        source=(
            "Standard Webhooks (a secret has 24 to 64 bytes) and RFC 2104, section 3 (short keys "
            "weaken an HMAC)"
        ),
    ),
    LoadingCode(
        code="CX006",
        name="duplicate-id",
        summary="Two documents for one template or webhook.",
        why=(
            "Two documents describe the same template id, or the same webhook URL once host and "
            "port are normalised. Which of them should win nobody could tell. Remove one, or give"
            " it its own id."
        ),
        fails="two documents with id: tmpl_a",
        passes="id: tmpl_a in one, id: tmpl_b in the other",
        source="the JSON Schemas in schemas/, and `reconciler help files`",
    ),
    LoadingCode(
        code="CX007",
        name="yaml-type",
        summary="Text without quotes that YAML reads as something else.",
        why=(
            "Text without quotes that YAML 1.1 reads as something else: `45678` is a number, "
            "`012345` an octal one (5349), `NO` is false, `12:30` is 750, `~` is nothing. Put "
            "quotes around it."
        ),
        fails="from_address: 45678",
        passes='from_address: "45678"',
        source=(
            "the types of YAML 1.1 (yaml.org/type); YAML 1.2, section 10.3 has others. `validate "
            "--fix` fixes it"
        ),
    ),
    LoadingCode(
        code="CX008",
        name="yaml-comment",
        summary="A comment that cuts a text short.",
        why=(
            "A `#` after a blank begins a comment, so `content: Order #1 shipped` says only "
            "`Order`. Put the whole text in quotes. A comment that is meant as one goes on a line"
            " of its own."
        ),
        fails="content: Order #1 shipped",
        passes='content: "Order #1 shipped"',
        source="YAML 1.2, section 6.6 (comments)",
    ),
    LoadingCode(
        code="CX009",
        name="trailing-newline",
        severity=Severity.WARNING,
        summary="A line break at the end of a text.",
        why=(
            "A text after `|` or `>` ends with a line break, which is sent and counted like any "
            "character. Write `|-` or `>-`, which drop it."
        ),
        fails="content: |",
        passes="content: |-",
        source="YAML 1.2, section 8.1.1.2 (block chomping). `validate --fix` fixes it",
    ),
    LoadingCode(
        code="CX010",
        name="alias",
        summary="A merge key, or aliases that blow the file up.",
        why=(
            "A merge key `<<`, an alias that contains itself, or aliases that grow the file by "
            "more than 1 MiB. An alias that repeats a text is fine; `<<` is not, since a reviewer"
            " would have to compute what the document says. Write the keys out."
        ),
        fails="<<: *defaults",
        passes="name: Reminder, and every other key written out",
        source="the merge key of YAML 1.1 (yaml.org/type/merge.html), which YAML 1.2 does not have",
    ),
    LoadingCode(
        code="CX011",
        name="policy-pattern",
        summary="A sender pattern that is not a regular expression.",
        why=(
            "One of the policy's sender_patterns is not a regular expression, or one that Python "
            "calls ambiguous. Patterns match the whole sender, and \\d means the digits 0 to 9."
        ),
        fails="sender_patterns: ['^[0-9{5}$']",
        passes="sender_patterns: ['^[0-9]{5}$']",
        source="the syntax of Python's re module, with \\d for 0 to 9 only",
    ),
    LoadingCode(
        code="CX012",
        name="secret-name",
        summary="A webhook's secret that names a credential of something else.",
        why=(
            "A webhook's secret names a variable that holds a credential of the tool, of its CI "
            "or of a cloud. What is named there is sent to the tenant, so anyone who may propose "
            "a change could have such a credential sent away. Give the webhook a secret of its "
            "own."
        ),
        fails="secret: {env: GITHUB_TOKEN}",
        passes="secret: {env: CXONE_WEBHOOK_SECRET}",
        source="OWASP Top 10 CI/CD Security Risks, CICD-SEC-6 (credential hygiene)",
    ),
    LoadingCode(
        code="CX013",
        name="policy-count",
        summary="More than one Policy.",
        why="There is more than one Policy document. Which holds nobody could tell: keep one.",
        fails="kind: Policy in policy.yaml, and again in policy-old.yaml",
        passes="kind: Policy in policy.yaml alone",
        source="the JSON Schemas in schemas/, and `reconciler help files`",
    ),
    LoadingCode(
        code="CX014",
        name="line-separator",
        summary="A line ends for the parser where a reader sees none end.",
        why=(
            "A raw NEL (U+0085), LS (U+2028), PS (U+2029) or a carriage return without a line feed stands in the "
            "file. To YAML 1.1 a line ends there, and a comment with it; most tools that show a diff show one line. "
            "So what looks like part of a comment can be a key that counts. End lines with a line feed. Where a text "
            'is to hold such a character, write it as an escape in double quotes: "\\L".'
        ),
        fails="a comment, U+2028, and severities: {CX103: ignore} on the same line of the diff",
        passes="the same on two lines",
        source="YAML 1.1, section 5.4 (line breaks), of 2005-01-18; CVE-2021-42574 of 2021-11-01 is of this sort",
    ),
)
