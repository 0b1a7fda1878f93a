"""What is known before the files are read never says more than reading them does."""

from __future__ import annotations

import pytest

from reconciler.desired.discovery import find
from reconciler.desired.first_look import first_look
from reconciler.desired.load import load

HEAD = "apiVersion: reconciler/v1\n"
POLICY = f"{HEAD}kind: Policy\ntenants: [https://acme.nicecxone.com]\n"
ACME = ("https://acme.nicecxone.com",)


def looked(folder, *texts):
    """The first look at files of these texts."""
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8", newline="")
    return first_look(find([str(folder)]), ("Template", "Webhook", "a2p"), lambda: 0.0)


@pytest.mark.parametrize(
    "policy",
    [
        POLICY,
        f"# a Policy\n---\n{POLICY}",
        f"{HEAD}kind: Template\n---\n{POLICY}",
        POLICY.replace("Policy", '"Policy"'),
        POLICY.replace("Policy", "!!str Policy"),
        POLICY.replace("Policy", "&word Policy"),
        '{"apiVersion": "reconciler/v1", "kind": "Policy", "tenants": ["https://acme.nicecxone.com/"]}',
        POLICY.replace("Policy", '"Polic\\x79"'),
        POLICY.replace("Policy", '"\\u0050olicy"'),
        POLICY.replace("Policy", '"Pol\\\n  icy"'),
        POLICY.replace("Policy", '"Pol\\\r\n  icy"'),
        POLICY.replace("kind", '"k\\x69nd"'),
        POLICY.replace("tenants", '"tenant\\u0073"'),
        POLICY + "tenants: [https://other.nicecxone.com]\n",
        POLICY + "shape: round\n",
        f"{POLICY}---\n{POLICY}",
        POLICY.replace("https", "ftp"),
        POLICY.replace("kind", "<<: {}\nkind"),
        "Policy: [",
    ],
)
def test_the_policys_tenants_are_known_or_nothing_is(tmp_path, policy):
    """However a Policy is written, the tenants are those that reading gives, or there is no answer."""
    look = looked(tmp_path, policy)
    assert (
        look is None
        or look.tenants == load([str(tmp_path)], today="2026-11-20", clock=lambda: 0.0).policy.tenants
    )
    assert look is None or look.tenants == ACME


def test_words_and_the_lack_of_a_policy_are_told(tmp_path):
    """Without a Policy any tenant may be asked; the words are those of the files."""
    look = looked(tmp_path, f"{HEAD}kind: Template\na2p: {{campaign: x}}\n")
    assert (look.tenants, look.words) == ((), {"Template", "a2p"})


def test_what_cannot_be_read_may_hold_the_policy(tmp_path):
    """A file that is no text, and a link to nothing, leave everything open."""
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    assert looked(tmp_path, POLICY) is None
    (tmp_path / "latin.yaml").unlink()
    assert looked(tmp_path, POLICY).tenants == ACME
    (tmp_path / "nothing.yaml").symlink_to(tmp_path / "gone")
    assert looked(tmp_path) is None
