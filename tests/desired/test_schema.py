"""A document's form: what is accepted, and the sentence for each thing that is not."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import fastjsonschema
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model import Document, Severity
from reconciler.desired.schema import problems, schemas
from reconciler.desired.schema_checks import secret_name
from reconciler.desired.schema_files import accepting, published
from reconciler.desired.schema_messages import dotted

TEMPLATE = {
    "apiVersion": "reconciler/v1",
    "kind": "Template",
    "id": "tmpl_a",
    "name": "A",
    "status": "APPROVED",
    "from_address": "45678",
    "content": "Reply STOP to opt out.",
    "a2p": {"campaign_name": "c", "message_class": "TRANSACTIONAL", "opt_in_language": "o"},
    "variables": {"date": {"max_length": 12, "charset": "gsm7-basic"}},
    "waivers": [{"rule": "CX103", "reason": "because", "expires": "2027-01-31"}],
}
WEBHOOK = {
    "apiVersion": "reconciler/v1",
    "kind": "Webhook",
    "url": "https://compliance.example.com/hooks/cxone",
    "events": ["template.approved", "a2p.registered"],
    "secret": {"env": "CXONE_WEBHOOK_SECRET"},
    "waivers": [{"rule": "CX112", "reason": "because", "expires": "2027-01-31"}],
}
POLICY = {
    "apiVersion": "reconciler/v1",
    "kind": "Policy",
    "tenants": ["https://acme.nicecxone.com"],
    "max_segments": 2,
    "sender_patterns": ["^[0-9]{5,6}$"],
    "opt_out_phrases": ["Responda ALTO"],
    "approve_from": ["DRAFT"],
    "severities": {"CX105": "ignore"},
}
CAMPAIGN = {
    "apiVersion": "reconciler/v1",
    "kind": "Campaign",
    "name": "Acme recalls",
    "message_class": "TRANSACTIONAL",
    "opt_in_language": "At the front desk",
    "brands": ["Acme"],
    "link_hosts": ["acme.example.com"],
    "samples": ["Acme: see you {{date}}."],
    "waivers": [{"rule": "CX114", "reason": "Case 1", "expires": "2027-06-30"}],
}
BASES = {"Template": TEMPLATE, "Webhook": WEBHOOK, "Policy": POLICY, "Campaign": CAMPAIGN}
GONE = object()


def document(body) -> Document:
    kind = body.get("kind")
    return Document(kind=kind if isinstance(kind, str) else "", body=body, file="a.yaml", line=1, index=0)


def changed(base, path, value):
    """A copy of ``base`` with one value set or, for GONE, taken away."""
    body = copy.deepcopy(base)
    inner = body
    for part in path[:-1]:
        inner = inner[part]
    if value is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return body


def told(body):
    return [(each.code, each.path, each.key) for each in problems(document(body))]


def only(body):
    (problem,) = problems(document(body))
    return problem


@pytest.mark.parametrize("kind", BASES)
def test_a_document_that_says_everything_is_accepted(kind):
    """All keys at once are no problem."""
    assert told(BASES[kind]) == []


@pytest.mark.parametrize(
    "body",
    [
        {key: TEMPLATE[key] for key in ("apiVersion", "kind", "id", "name", "from_address", "content")},
        {key: WEBHOOK[key] for key in ("apiVersion", "kind", "url", "events", "secret")},
        changed(WEBHOOK, ("secret",), {"file": "/run/secrets/x"}),
        {"apiVersion": "reconciler/v1", "kind": "Policy"},
        changed(
            POLICY,
            ("tenants",),
            ["http://127.0.0.1:8080", "https://Acme.example.com:8443/x/", "http://[::1]:1"],
        ),
        changed(POLICY, ("tenants",), ["http://localhost", "http://cxone.localhost:80"]),
        changed(POLICY, ("approve_from",), []),
        changed(TEMPLATE, ("id",), "a" * 128),
        changed(TEMPLATE, ("id",), "9.Z_:~-"),
        changed(TEMPLATE, ("variables",), {"_": {"max_length": 1600}, "no": {"max_length": 1}}),
        changed(TEMPLATE, ("waivers",), []),
        changed(TEMPLATE, ("waivers", 0, "rule"), "CX999"),
        changed(TEMPLATE, ("waivers", 0, "expires"), "2028-02-29"),
        changed(TEMPLATE, ("content",), "two\nlines\n"),
    ],
)
def test_what_the_readme_allows_is_accepted(body):
    """The least that each kind needs, and the edges of every limit."""
    assert told(body) == []


REFUSED = [
    # (base, path to change, value, code, path of the problem, at the key, a word of the message)
    (TEMPLATE, ("id",), GONE, "CX004", (), False, "`id`"),
    (TEMPLATE, ("content",), GONE, "CX004", (), False, "`content`"),
    (TEMPLATE, ("a2p", "opt_in_language"), GONE, "CX004", ("a2p",), True, "`a2p.opt_in_language`"),
    (TEMPLATE, ("waivers", 0, "reason"), GONE, "CX004", ("waivers", 0), True, "`waivers[0].reason`"),
    (TEMPLATE, ("variables", "date", "max_length"), GONE, "CX004", ("variables", "date"), True, "max_length"),
    (TEMPLATE, ("contents",), "x", "CX004", ("contents",), True, "did you mean `content`"),
    (TEMPLATE, ("fromAddress",), "x", "CX004", ("fromAddress",), True, "did you mean `from_address`"),
    (TEMPLATE, ("zzz",), "x", "CX004", ("zzz",), True, "there are apiVersion"),
    (
        TEMPLATE,
        ("a2p", "campain_name"),
        "x",
        "CX004",
        ("a2p", "campain_name"),
        True,
        "did you mean `campaign_name`",
    ),
    (TEMPLATE, ("id",), 123, "CX007", ("id",), False, '`id: "123"`'),
    (TEMPLATE, ("from_address",), 45678, "CX007", ("from_address",), False, '"45678"'),
    (TEMPLATE, ("status",), False, "CX007", ("status",), False, "boolean"),
    (TEMPLATE, ("content",), None, "CX004", ("content",), False, "No value"),
    (TEMPLATE, ("a2p",), None, "CX004", ("a2p",), False, "No value"),
    (TEMPLATE, ("a2p",), "x", "CX004", ("a2p",), False, "mapping"),
    (TEMPLATE, ("a2p",), ["x"], "CX004", ("a2p",), False, "found a list"),
    (TEMPLATE, ("content",), {"a": "b"}, "CX004", ("content",), False, "found a mapping"),
    (TEMPLATE, ("waivers",), {"rule": "CX1"}, "CX004", ("waivers",), False, "a list"),
    (TEMPLATE, ("waivers", 0), "CX103", "CX004", ("waivers", 0), False, "mapping"),
    (
        TEMPLATE,
        ("variables", "date", "max_length"),
        "12",
        "CX004",
        ("variables", "date", "max_length"),
        False,
        "quotes",
    ),
    (
        TEMPLATE,
        ("variables", "date", "max_length"),
        True,
        "CX004",
        ("variables", "date", "max_length"),
        False,
        "whole",
    ),
    (
        TEMPLATE,
        ("variables", "date", "max_length"),
        0,
        "CX004",
        ("variables", "date", "max_length"),
        False,
        "at least 1",
    ),
    (
        TEMPLATE,
        ("variables", "date", "max_length"),
        1601,
        "CX004",
        ("variables", "date", "max_length"),
        False,
        "1600",
    ),
    (
        TEMPLATE,
        ("variables", "date", "charset"),
        "gsm8",
        "CX004",
        ("variables", "date", "charset"),
        False,
        "`gsm7`",
    ),
    (TEMPLATE, ("variables", "9x"), {"max_length": 1}, "CX004", ("variables", "9x"), True, "digit"),
    (TEMPLATE, ("variables", "a b"), {"max_length": 1}, "CX004", ("variables", "a b"), True, "`a b`"),
    (TEMPLATE, ("name",), " ", "CX004", ("name",), False, "empty"),
    (TEMPLATE, ("content",), "", "CX004", ("content",), False, "empty"),
    (TEMPLATE, ("a2p", "campaign_name"), "", "CX004", ("a2p", "campaign_name"), False, "empty"),
    (TEMPLATE, ("a2p", "message_class"), "\n", "CX004", ("a2p", "message_class"), False, "empty"),
    (TEMPLATE, ("status",), "A B", "CX004", ("status",), False, "letters"),
    (TEMPLATE, ("apiVersion",), "reconciler/v2", "CX004", ("apiVersion",), False, "reconciler/v1"),
    (TEMPLATE, ("apiVersion",), 1, "CX004", ("apiVersion",), False, "reconciler/v1"),
    (
        TEMPLATE,
        ("waivers", 0, "expires"),
        "2027-02-30",
        "CX004",
        ("waivers", 0, "expires"),
        False,
        "calendar",
    ),
    (
        TEMPLATE,
        ("waivers", 0, "expires"),
        "31.1.2027",
        "CX004",
        ("waivers", 0, "expires"),
        False,
        "YYYY-MM-DD",
    ),
    (
        TEMPLATE,
        ("waivers", 0, "expires"),
        "0000-01-01",
        "CX004",
        ("waivers", 0, "expires"),
        False,
        "calendar",
    ),
    (TEMPLATE, ("waivers", 0, "rule"), "", "CX004", ("waivers", 0, "rule"), False, "empty"),
    (WEBHOOK, ("url",), "", "CX004", ("url",), False, "empty"),
    (WEBHOOK, ("url",), "https://" + "a" * 2100, "CX004", ("url",), False, "2048"),
    (WEBHOOK, ("url",), "https://[::1", "CX004", ("url",), False, "Not a URL"),
    (WEBHOOK, ("url",), "https://a:99999/", "CX004", ("url",), False, "Not a URL"),
    (WEBHOOK, ("url",), "https://a.example.com/a b", "CX004", ("url",), False, "blanks"),
    (WEBHOOK, ("url",), "https://a.example.com/\nx", "CX004", ("url",), False, "control"),
    (WEBHOOK, ("events",), [], "CX004", ("events",), False, "at least 1"),
    (WEBHOOK, ("events",), ["a", "a"], "CX004", ("events",), False, "twice"),
    (WEBHOOK, ("events",), "template.approved", "CX004", ("events",), False, "a list"),
    (WEBHOOK, ("events", 0), "", "CX004", ("events", 0), False, "word"),
    (WEBHOOK, ("events", 0), 5, "CX007", ("events", 0), False, '"5"'),
    (WEBHOOK, ("secret",), GONE, "CX004", (), False, "`secret`"),
    (POLICY, ("max_segments",), 0, "CX004", ("max_segments",), False, "at least 1"),
    (POLICY, ("max_segments",), "2", "CX004", ("max_segments",), False, "without quotes"),
    (POLICY, ("sender_patterns", 0), "[", "CX011", ("sender_patterns", 0), False, "unterminated"),
    (POLICY, ("sender_patterns", 0), "[[a]", "CX011", ("sender_patterns", 0), False, "nested"),
    (POLICY, ("sender_patterns", 0), "", "CX004", ("sender_patterns", 0), False, "empty"),
    (POLICY, ("sender_patterns", 0), "x" * 201, "CX004", ("sender_patterns", 0), False, "200"),
    (POLICY, ("severities", "CX106"), "ignore", "CX004", ("severities", "CX106"), True, "CX106"),
    (POLICY, ("severities", "CX004"), "ignore", "CX004", ("severities", "CX004"), True, "CX101"),
    (POLICY, ("severities", "segments"), "ignore", "CX004", ("severities", "segments"), True, "segments"),
    (POLICY, ("severities", "CX105"), "none", "CX004", ("severities", "CX105"), False, "warning, ignore"),
    (
        POLICY,
        ("severities", "CX105"),
        "warn",
        "CX004",
        ("severities", "CX105"),
        False,
        "did you mean `warning`",
    ),
    (POLICY, ("tenants", 0), "acme.nicecxone.com", "CX004", ("tenants", 0), False, "https://"),
    (POLICY, ("tenants", 0), "http://acme.nicecxone.com", "CX004", ("tenants", 0), False, "loopback"),
    (POLICY, ("tenants", 0), "https://u:p@acme.example.com", "CX004", ("tenants", 0), False, "user info"),
    (POLICY, ("tenants", 0), "https://acme.example.com/?q", "CX004", ("tenants", 0), False, "query"),
    (POLICY, ("tenants", 0), "https://acme.example.com#", "CX004", ("tenants", 0), False, "fragment"),
    (POLICY, ("tenants", 0), "https://a:b/", "CX004", ("tenants", 0), False, "base URL"),
    (POLICY, ("tenants", 0), " ", "CX004", ("tenants", 0), False, "empty"),
    (POLICY, ("approve_from", 0), "IN REVIEW", "CX004", ("approve_from", 0), False, "letters"),
    (POLICY, ("approve_from", 0), True, "CX007", ("approve_from", 0), False, '"true"'),
]


@pytest.mark.parametrize(("base", "where", "value", "code", "path", "key", "word"), REFUSED)
def test_each_mistake_is_one_problem_with_its_path_and_words(base, where, value, code, path, key, word):
    """One wrong thing gives one problem, at the right value or key, that says what to do."""
    problem = only(changed(base, where, value))
    assert (problem.code, problem.path, problem.key) == (code, path, key)
    assert word in problem.message
    assert problem.severity == Severity.ERROR
    assert len(problem.message) < 400


BAD_IDS = [
    "",
    ".",
    "..",
    "../../oauth",
    "a/b",
    "-a",
    "_a",
    "a b",
    "é",
    "a" * 129,
    "tmpl\n",
    "a\n",
    "٣",
    "a%2e",
    "a?b",
]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_an_id_that_would_leave_its_path_is_refused(bad):
    """Dots alone, slashes, a final line break and digits of other scripts are no ids."""
    assert only(changed(TEMPLATE, ("id",), bad)).path == ("id",)


FINAL_BREAKS = [
    (TEMPLATE, ("id",), "tmpl_a\n"),
    (TEMPLATE, ("status",), "APPROVED\n"),
    (TEMPLATE, ("waivers", 0, "expires"), "2027-01-31\n"),
    (TEMPLATE, ("variables", "x\n"), {"max_length": 1}),
    (WEBHOOK, ("events", 0), "template.approved\n"),
    (POLICY, ("approve_from", 0), "DRAFT\n"),
    (POLICY, ("severities", "CX105\n"), "ignore"),
]


@pytest.mark.parametrize(("base", "path", "value"), FINAL_BREAKS)
def test_a_dollar_does_not_let_a_final_line_break_pass(base, path, value):
    """`$` matches before a last line break in Python; here it does not."""
    problem = only(changed(base, path, value))
    assert problem.path == path
    assert "\\n" in problem.message
    assert "\n" not in problem.message


def test_digits_are_ascii_digits():
    """No schema uses `\\d`, which matches the digits of every script."""
    assert told(changed(TEMPLATE, ("waivers", 0, "expires"), "٢٠٢٧-٠١-٣١")) == [
        ("CX004", ("waivers", 0, "expires"), False)
    ]
    patterns = [
        each["pattern"]
        for schema in schemas().values()
        for _, each in _everywhere(schema)
        if "pattern" in each
    ]
    assert len(patterns) > 10
    assert all("\\d" not in pattern and "\\w" not in pattern for pattern in patterns)


def test_all_mistakes_of_a_document_are_told_at_once():
    """Nothing hides behind the first mistake; the order is by place."""
    body = changed(changed(changed(TEMPLATE, ("id",), 5), ("contents",), "x"), ("content",), GONE)
    body = changed(changed(body, ("waivers", 0, "expires"), "2027-13-01"), ("a2p", "message_class"), "")
    assert told(body) == [
        ("CX004", (), False),
        ("CX004", ("a2p", "message_class"), False),
        ("CX004", ("contents",), True),
        ("CX007", ("id",), False),
        ("CX004", ("waivers", 0, "expires"), False),
    ]


def test_several_missing_keys_are_one_problem_each():
    """jsonschema names each missing key once, and so do we."""
    body = {"apiVersion": "reconciler/v1", "kind": "Webhook"}
    assert sorted(re.findall(r"`(\w+)` is", " ".join(each.message for each in problems(document(body))))) == [
        "events",
        "secret",
        "url",
    ]


@pytest.mark.parametrize(
    ("body", "paths", "word"),
    [
        ({}, [(), ()], "apiVersion"),
        ({"apiVersion": "reconciler/v1"}, [()], "Policy, Template, Webhook"),
        ({"apiVersion": "reconciler/v1", "kind": "Templat"}, [("kind",)], "did you mean `Template`"),
        ({"apiVersion": "reconciler/v1", "kind": "template"}, [("kind",)], "did you mean `Template`"),
        ({"apiVersion": "reconciler/v1", "kind": None}, [("kind",)], "Template"),
        ({"apiVersion": "reconciler/v1", "kind": 5}, [("kind",)], "Template"),
        ({"apiVersion": "v1", "kind": "Pod"}, [("apiVersion",), ("kind",)], "Template"),
        ({"apiVersion": "v1", "kind": "x" * 1000}, [("apiVersion",), ("kind",)], "Template"),
    ],
)
def test_a_document_of_no_known_kind_says_which_there_are(body, paths, word):
    """No or an unknown apiVersion or kind is told, with the nearest name."""
    found = problems(document(body))
    assert [each.path for each in found] == paths
    assert all(each.code == "CX004" for each in found)
    assert word in " ".join(each.message for each in found)


MISPLACED = "s3cr3t-that-somebody-wrote-here"


@pytest.mark.parametrize(
    "secret",
    [
        MISPLACED,
        {"env": MISPLACED},
        {"value": MISPLACED},
        {MISPLACED: "x"},
        {"env": "A", "file": MISPLACED},
        {"env": "A", MISPLACED: "x"},
        [MISPLACED],
        {"file": [MISPLACED]},
        {"env": {MISPLACED: MISPLACED}},
        {},
        None,
        5,
        {"env": 5},
        {"file": ""},
    ],
)
def test_what_stands_wrongly_under_secret_is_never_repeated(secret):
    """A secret written in place of its name is refused without a word of it, with what to do."""
    found = problems(document(changed(WEBHOOK, ("secret",), secret)))
    assert {each.path[0] for each in found} == {"secret"}
    assert MISPLACED not in repr(found)
    assert "{env: NAME}" in found[0].message


@pytest.mark.parametrize(
    "name",
    [
        "CXONE_CLIENT_ID",
        "CXONE_CLIENT_SECRET",
        "CXONE_CLIENT_SECRET_FILE",
        "GITHUB_TOKEN",
        "github_token",
        "GH_TOKEN",
        "GH_ENTERPRISE_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "CI_JOB_TOKEN",
        "CI_JOB_JWT_V2",
        "CI_REGISTRY_PASSWORD",
        "GITLAB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AZURE_CLIENT_SECRET",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "VAULT_TOKEN",
        "NPM_TOKEN",
        "SYSTEM_ACCESSTOKEN",
        "DOCKER_PASSWORD",
        "SSH_PRIVATE_KEY",
        "RECONCILER_REVIEW",
    ],
)
def test_a_credential_of_the_tool_or_its_ci_is_no_webhook_secret(name):
    """Naming one would send it to the tenant: CX012."""
    problem = secret_name(document(changed(WEBHOOK, ("secret",), {"env": name})), ())
    assert problem is not None
    assert (problem.code, problem.path) == ("CX012", ("secret", "env"))


@pytest.mark.parametrize(
    "name",
    [
        "CXONE_WEBHOOK_SECRET",
        "WEBHOOK_SECRET",
        "acme_hook_secret",
        "_SECRET",
        "GHOST_SECRET",
    ],
)
def test_a_variable_of_its_own_is_a_webhook_secret(name):
    """A name that ends in _SECRET and only looks a little like a credential is allowed."""
    body = changed(WEBHOOK, ("secret",), {"env": name})
    assert told(body) == []
    assert secret_name(document(body), ()) is None


@pytest.mark.parametrize("name", ["COMPLIANCE_TOKEN", "HOOK_KEY", "PASSWORD", "_x", "SECRET", "GHOST_TOKEN"])
def test_a_variable_of_another_name_must_stand_in_the_policy(name):
    """What does not end in _SECRET may be anything: CX012, which does not repeat it, unless secret_env names it."""
    body = document(changed(WEBHOOK, ("secret",), {"env": name}))
    problem = secret_name(body, ())
    assert problem is not None
    assert problem.code == "CX012"
    assert f"{name} " not in problem.message
    assert secret_name(body, (name,)) is None


def _everywhere(schema, seen=()):
    """Every subschema with the path to it."""
    yield seen, schema
    for key in ("properties", "additionalProperties", "items", "oneOf"):
        inner = schema.get(key)
        if key == "properties":
            for name, each in (inner or {}).items():
                yield from _everywhere(each, (*seen, name))
        elif key == "oneOf":
            for each in inner or ():
                yield from _everywhere(each, seen)
        elif isinstance(inner, dict):
            yield from _everywhere(inner, (*seen, key))


@pytest.mark.parametrize("kind", BASES)
def test_every_schema_is_draft_seven_and_describes_every_property(kind):
    """The schemas are valid, say what each key means, allow no unknown key, and their examples fit."""
    schema = schemas()[kind]
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["$id"]
    assert schema["title"] == kind
    for path, each in _everywhere(schema):
        if each.get("properties"):
            assert each["additionalProperties"] is False, path
            for name, inner in each["properties"].items():
                assert len(inner.get("description", "")) > 15, (*path, name)
        if "pattern" in each:
            assert each["patternErrorMessage"], path
    for example in schema["examples"]:
        assert told(example) == []


def test_a_schema_s_defaults_are_the_model_s():
    """What an editor shows as default is what the tool does."""
    from reconciler.core.model import Policy

    shown = {
        name: each["default"] for name, each in schemas()["Policy"]["properties"].items() if "default" in each
    }
    real = {name: getattr(Policy(), name) for name in shown}
    assert shown == {name: list(value) if isinstance(value, tuple) else value for name, value in real.items()}
    assert len(shown) == 10


_LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2000),
    st.sampled_from(
        [
            "",
            " ",
            "x",
            "tmpl_a\n",
            "APPROVED",
            "CX105",
            "CX106",
            "2027-01-31",
            "2027-01-31\n",
            "gsm7",
            "https://a.example.com",
        ]
    ),
    st.text(max_size=5),
)
_JSON = st.recursive(
    _LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["env", "file", "rule", "max_length", "charset", "x", "x\n"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)


def _paths(value, here=()):
    yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*here, key))


@st.composite
def _mutated(draw):
    """A valid document with up to three values replaced, added or taken away."""
    body = copy.deepcopy(draw(st.sampled_from([TEMPLATE, WEBHOOK, POLICY])))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([each for each in _paths(body) if each and each[0] != "kind"]))
        if draw(st.booleans()) and isinstance(path[-1], str):
            path = (*path[:-1], draw(st.sampled_from(["x", "id ", "waivers", "CX105\n", "CX101", "status"])))
        body = changed(body, path, draw(_JSON))
    return body


@given(_mutated())
def test_what_the_fast_check_accepts_jsonschema_accepts(body):
    """The generated predicate is at least as strict as the schema: nothing slips through it."""
    try:
        accepting(body["kind"].lower())(body)
    except fastjsonschema.JsonSchemaException:
        assert problems(document(body)) != ()
    else:
        assert jsonschema.Draft7Validator(schemas()[body["kind"]]).is_valid(body)


@given(_mutated())
def test_any_document_is_told_in_sentences_of_our_own(body):
    """No form of document makes the check fail, and every problem has a path that exists or is a key."""
    for problem in problems(document(body)):
        assert problem.message[0].isupper()
        assert problem.message.endswith(".")
        assert "is not of type" not in problem.message
        assert "\n" not in problem.message
        assert dotted(problem.path) is not None
        inner = body
        for part in problem.path[:-1]:
            inner = inner[part]
        assert not problem.path or problem.path[-1] in (
            inner if isinstance(inner, dict) else range(len(inner))
        )


def test_jsonschema_is_imported_only_for_a_refusal():
    """A clean run never pays for jsonschema's import."""
    code = (
        "import sys, json\n"
        "from reconciler.core.model import Document\n"
        "from reconciler.desired.schema import problems\n"
        f"body = json.loads({json.dumps(json.dumps(TEMPLATE))})\n"
        "document = lambda: Document(kind='Template', body=body, file='a', line=1, index=0)\n"
        "assert problems(document()) == ()\n"
        "assert 'jsonschema' not in sys.modules\n"
        "body['id'] = 5\n"
        "assert problems(document())\n"
        "assert 'jsonschema' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_there_is_a_schema_file_for_each_kind():
    """Schema files and kinds are in bijection, but for the two formats that the tool itself writes."""
    folder = Path(__file__).parents[2] / "schemas"
    assert sorted(schemas()) == sorted(BASES)
    names = [*(kind.lower() for kind in BASES), "plan", "audit-record"]
    assert sorted(published()) == sorted(names)
    assert sorted(file.name for file in folder.iterdir()) == sorted(f"{name}.schema.json" for name in names)
