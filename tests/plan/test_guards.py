"""What is refused without a flag or a review (help exit-codes, Guards)."""

from __future__ import annotations

import pytest
from builders import TENANT, action, register, rotate

from reconciler.core.errors import Refused
from reconciler.core.model import Guard
from reconciler.plan import guards


def changed(count: int, operation: str = "update") -> list:
    """So many approvals of templates t000, t001 …"""
    return [action(operation=operation, target=f"t{number:03}") for number in range(count)]


def approved(count: int) -> list[str]:
    """So many templates that are live APPROVED, the first of them those that change."""
    return [f"t{number:03}" for number in range(count)]


def names(found) -> list[str]:
    """The guards' names."""
    return [guard.name for guard in found]


def test_a_revocation_is_guarded() -> None:
    """Any revocation, one is enough; its templates are named."""
    (guard,) = guards.raised([action(operation="revoke"), action(target="tmpl_b")], ["tmpl_a"])
    assert (guard.name, guard.targets) == ("revoke", ("tmpl_a",))
    assert guard.message.startswith("1 template loses its approval: ")
    assert "--allow-revoke" in guard.message
    (guard,) = guards.raised(
        [action(operation="revoke", target=target) for target in ("tmpl_a", "tmpl_b")], []
    )
    assert guard.message.startswith("2 templates lose their approval: ")


@pytest.mark.parametrize(
    ("changing", "live", "many"),
    [
        (10, 10, False),
        (11, 11, True),
        (11, 21, True),
        (11, 22, False),
        (11, 23, False),
        (12, 23, True),
        (50, 100, False),
        (51, 100, True),
    ],
)
def test_many_is_more_than_ten_and_more_than_half(changing, live, many) -> None:
    """Both at their exact edges, of the managed templates that are live APPROVED."""
    found = guards.raised(changed(changing), approved(live))
    assert names(found) == (["many"] if many else [])
    if many:
        assert found[0].targets == tuple(approved(changing))
        assert "--allow-many" in found[0].message


def test_many_counts_only_templates_that_are_live_approved() -> None:
    """A first run that approves and registers a hundred PENDING templates is no mass change; nor is a webhook's."""
    registrations = [register(f"t{n:03}") for n in range(100)]
    assert guards.raised([*changed(100, "approve"), *registrations], []) == ()
    assert guards.raised([rotate()], approved(1)) == ()


def test_many_counts_a_template_once_whatever_is_done_for_it() -> None:
    """An approval or a registration, or both."""
    registrations = [register(f"t{n:03}") for n in range(11)]
    assert names(guards.raised(registrations[:10], approved(12))) == []
    assert names(guards.raised([*changed(10), *registrations[:10]], approved(12))) == []
    (found,) = guards.raised([*changed(5), *registrations], approved(12))
    assert (found.name, found.targets) == ("many", tuple(approved(11)))


def test_a_mass_revocation_raises_both() -> None:
    """Two guards, two flags, by name."""
    assert names(guards.raised(changed(11, "revoke"), approved(11))) == ["many", "revoke"]


REVOKE = Guard(name="revoke", targets=("tmpl_a", "tmpl_b"), message="No more of these messages.")
MANY = Guard(name="many", targets=("tmpl_c",), message="Many would change.")


def test_a_guard_refuses_with_exit_5_and_names_all_that_it_concerns() -> None:
    """Every guard that is not allowed, in one message."""
    with pytest.raises(Refused) as refused:
        guards.refuse([MANY, REVOKE], set())
    assert refused.value.exit_code == 5
    for words in ("nothing was written", "tmpl_a", "tmpl_b", "tmpl_c", "Many would change."):
        assert words in refused.value.message


def test_each_flag_passes_its_own_guard_only() -> None:
    """``--allow-revoke`` is no ``--allow-many``."""
    guards.refuse([MANY, REVOKE], {"revoke", "many"})
    guards.refuse([], set())
    with pytest.raises(Refused) as refused:
        guards.refuse([MANY, REVOKE], {"revoke"})
    assert "tmpl_a" not in refused.value.message


@pytest.mark.parametrize(
    ("count", "most", "refused"), [(3, 3, False), (4, 3, True), (2, 1, True), (1, 0, True), (0, 0, False)]
)
def test_max_changes_at_its_edge(count, most, refused) -> None:
    """As many as allowed are allowed; one more is refused and the actions are named."""
    actions = changed(count)
    if not refused:
        guards.limit_changes(actions, most)
        return
    with pytest.raises(Refused, match="max-changes") as failure:
        guards.limit_changes(actions, most)
    assert "update t000" in failure.value.message
    assert ("1 action is more" if count == 1 else f"{count} actions are more") in failure.value.message


def test_no_limit_is_no_guard() -> None:
    """Without ``--max-changes`` any number goes; a long list is cut in the message."""
    guards.limit_changes(changed(1000), None)
    with pytest.raises(Refused, match="and 980 more"):
        guards.limit_changes(changed(1000), 5)


def test_another_tenant_than_the_policys_is_refused() -> None:
    """An empty list means any tenant; else only those named."""
    guards.require_tenant(TENANT, ())
    guards.require_tenant(TENANT, ("https://b.nicecxone.com", TENANT))
    with pytest.raises(Refused) as refused:
        guards.require_tenant("https://b.nicecxone.com", (TENANT,))
    assert TENANT in refused.value.message
    assert "https://b.nicecxone.com" in refused.value.message


def test_a_missing_audit_log_is_refused_and_an_empty_one_is_not_missing() -> None:
    """``--require-audit-log`` names the path that it looked at."""
    guards.require_audit_log("a.jsonl", missing=False)
    with pytest.raises(Refused, match=r"a\.jsonl"):
        guards.require_audit_log("a.jsonl", missing=True)


def test_of_a_saved_plan_revocations_are_told_by_its_actions_and_many_only_by_their_number() -> None:
    """Whatever its file says: what is not live APPROVED does not count, and ten do not."""
    content = [("content", "Old", "New")]
    edits = [action(operation="update", target=f"u{n:03}", changes=content) for n in range(11)]
    revoked = action(operation="revoke", target="tmpl_z", changes=[("status", "APPROVED", "SUSPENDED")])
    many, revoke = guards.of_saved([*edits[:10], revoked, *changed(50, "approve")])
    assert (many.name, len(many.targets), revoke.name, revoke.targets) == ("many", 11, "revoke", ("tmpl_z",))
    assert "half" in many.message
    assert names(guards.of_saved(edits)) == ["many"]
    assert guards.of_saved(edits[:10]) == guards.of_saved(changed(50, "approve")) == ()


@pytest.mark.parametrize(("count", "named", "more"), [(6, 6, None), (20, 20, None), (21, 20, "and 1 more.")])
def test_twenty_actions_are_named_and_the_others_counted(count, named, more) -> None:
    """Nothing is counted where nothing is left out."""
    with pytest.raises(Refused) as failure:
        guards.limit_changes(changed(count), 5)
    said = failure.value.message.partition(" allows: ")[2]
    assert said.count("update t") == named
    assert (" and " in said) is (more is not None)
    assert (more or "") in said
