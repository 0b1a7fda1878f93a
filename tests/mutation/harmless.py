"""Changes that no test can notice, or need not: module, the line's text, and cosmic-ray's operator, with why.

An operator without what it is turned to stands for all of these.
"""

from __future__ import annotations

FLAGS = "the flags have no bit in common, so that adding them up, or taking either, is the same"

APART = "an outcome, an intent and a review are records of their own: no two have one number"

SPEED = "how many targets are under way bears on the speed alone: the client lets so many requests out"

PART = "the one is a part of the other, so that it is never larger"

SOME = "there is at least one by then"

ONE = "a template is read by its id: what the tenant shows of it is one, the first and the last"

NUMBERED = "records are numbered from one, and sizes from nought"

SLOWER = "the other way to the same answer takes more time"

HARMLESS: dict[tuple[str, str, str], str] = {
    (
        "reconciler/audit/inspection.py",
        'return "" if os.access(path, os.R_OK | os.W_OK) else f"{path} cannot be written"',
        "ReplaceBinaryOperator_BitOr_BitXor",
    ): FLAGS,
    (
        "reconciler/audit/inspection.py",
        'return "" if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder} cannot be written"',
        "ReplaceBinaryOperator_BitOr_BitAnd",
    ): "root may do everything; run by another user, test_permissions_stand_in_the_way notices it",
    **{
        ("reconciler/audit/" + module, source, "ReplaceBinaryOperator_BitOr_" + operator): FLAGS
        for operator in ("BitXor", "Add")
        for module, source in (
            ("log_file.py", "_APPENDED = os.O_RDWR | os.O_APPEND"),
            ("log_file.py", "_MADE = _APPENDED | os.O_CREAT | os.O_EXCL"),
            ("log_file.py", "kept = plain_file.opened(aside, _APPENDED | os.O_CREAT | os.O_NOFOLLOW)"),
            ("log_file.py", "fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)"),
            ("inspection.py", "fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)"),
            ("plain_file.py", "descriptor = os.open(path, flags | os.O_NONBLOCK, OWNERS)"),
        )
    },
    (
        "reconciler/audit/report/tenant_fold.py",
        'GOOD = CONFIRMED | {"accepted"}',
        "ReplaceBinaryOperator_BitOr_BitXor",
    ): "the two sets have nothing in common",
    (
        "reconciler/audit/report/tenant.py",
        "objects = sorted(spot for spot in spots if spot[0] in by_phase().keys() - of_templates())",
        "ReplaceBinaryOperator_Sub_BitXor",
    ): "the phases of templates are among all phases",
    (
        "reconciler/audit/report/drift.py",
        "if owed is not None and all(one.field != STATUS for one in undone):",
        "ReplaceComparisonOperator_NotEq_Lt",
    ): "of the fields of what can wait none sorts after the status",
    (
        "reconciler/audit/report/drift.py",
        "owed = next((one for one in undone if one.field == STATUS), owed)",
        "ReplaceComparisonOperator_Eq_GtE",
    ): "of the fields of what can wait none sorts after the status",
    (
        "reconciler/run/execute.py",
        "under_way = execution.client.connection.concurrency * 3 // 2",
        "ReplaceBinaryOperator_FloorDiv",
    ): SPEED,
    (
        "reconciler/run/execute.py",
        "under_way = execution.client.connection.concurrency * 3 // 2",
        "ReplaceBinaryOperator_Mul",
    ): SPEED,
    (
        "reconciler/run/execute.py",
        "under_way = execution.client.connection.concurrency * 3 // 2",
        "NumberReplacer",
    ): SPEED,
    (
        "reconciler/plan/closing.py",
        "error = None if len(_in_place(given, spot, asked)) == len(asked) else _NOT_DONE",
        "ReplaceComparisonOperator_Eq_GtE",
    ): PART,
    (
        "reconciler/plan/guards.py",
        'count = "1 action is" if len(actions) == 1 else f"{len(actions)} actions are"',
        "ReplaceComparisonOperator_Eq_LtE",
    ): SOME,
    (
        "reconciler/audit/report/tenant.py",
        'if intent is not None and intent["seq"] > after:',
        "ReplaceComparisonOperator_Gt_GtE",
    ): APART,
    (
        "reconciler/audit/report/tenant.py",
        'elif review is not None and review["seq"] > after:',
        "ReplaceComparisonOperator_Gt_GtE",
    ): APART,
    (
        "reconciler/audit/report/tenant.py",
        "return Listing(sorted(seq for seq in memory.undelivered if seq in fold.waiting or seq < first), entry)",
        "ReplaceComparisonOperator_Lt_LtE",
    ): "the records at hand go before what a checkpoint says of them",
    (
        "reconciler/audit/segments.py",
        'return sealed_name(path, first["seq"] - 1) if first["seq"] != 1 else None',
        "ReplaceComparisonOperator_NotEq_Gt",
    ): NUMBERED,
    (
        "reconciler/audit/log_file.py",
        "self._made = bool(unsynced) and self._size == 0",
        "ReplaceComparisonOperator_Eq_LtE",
    ): NUMBERED,
    (
        "reconciler/audit/segments.py",
        "if records <= (1 if first else 0):",
        "ReplaceComparisonOperator_LtE_Eq",
    ): "a file with a checkpoint has that record",
    (
        "reconciler/audit/report/tenant.py",
        "after = ledger.seq(ledger.entries[number]) if number is not None else 0",
        "NumberReplacer",
    ): NUMBERED,
    (
        "reconciler/audit/segments.py",
        "begin = tuple(islice(rest, 1))",
        "NumberReplacer",
    ): "of two only the first is looked at, and both are joined to the rest",
    (
        "reconciler/plan/three_way.py",
        "return replace(action, changes=changes, cause=causes.pop() if len(causes) == 1 else BOTH, undoes=undoes)",
        "ReplaceComparisonOperator_Eq_LtE",
    ): SOME,
    ("reconciler/audit/report/runs.py", "@cache", "RemoveDecorator"): SLOWER,
    (
        "reconciler/audit/chain.py",
        "for name in _UNHASHED & record.keys():",
        "ZeroIterationForLoop",
    ): SLOWER,
    (
        "reconciler/audit/chain.py",
        "for name in _UNHASHED & record.keys():",
        "ReplaceBinaryOperator_BitAnd",
    ): SLOWER,
    (
        "reconciler/audit/chain.py",
        """text = text.replace(f'"{name}":"{record[name]}",'.encode(), b"", 1)""",
        "NumberReplacer",
    ): SLOWER,
    (
        "reconciler/run/ahead.py",
        "MOST_PAGES = 45",
        "NumberReplacer",
    ): "how many pages are kept bears on the memory alone",
    (
        "reconciler/plan/resume.py",
        'shown[spot[1]] = _left(memory.shown.get(spot[1]), intent, lives[0], record["timestamp"])',
        "NumberReplacer",
    ): ONE,
    (
        "reconciler/plan/resume.py",
        "return _replaced(kind, intent, lives[0], policy) if lives else None",
        "NumberReplacer",
    ): ONE,
    (
        "reconciler/audit/inspection.py",
        'return "" if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder} cannot be written"',
        "ReplaceBinaryOperator_BitOr_Sub",
    ): "root may do everything; run by another user, test_permissions_stand_in_the_way notices it",
    ("reconciler/audit/chain.py", "if len(found) != len(pairs):", "ReplaceComparisonOperator_NotEq_Lt"): PART,
    (
        "reconciler/audit/remembered.py",
        "seq: int = 0",
        "NumberReplacer",
    ): "whatever leaves an object is a record, with a number",
}
