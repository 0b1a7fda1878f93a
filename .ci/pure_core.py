"""Print the files of the pure core, for coverage's --include: what loads, judges, plans, reviews and chains."""

CORE = (
    *(
        "canonical",
        "diff",
        "sms",
        "answers",
        "plan",
        "planfile",
        "review",
        "guards",
        "steps",
        "recovery",
        "causes",
    ),
    *("relaxed", "offline", "standing", "outcomes", "documents", "positions", "scalars", "aliases", "schema"),
    *("schema_extras", "schema_words", "desired", "findings"),
    *("history", "entries", "drifted", "concerns", "reporting"),
)
FOLDERS = ("kinds", "rules", "checks")

print(
    ",".join(
        [
            *(f"*/reconciler/{name}.py" for name in CORE),
            *(f"*/reconciler/{name}/*.py" for name in FOLDERS),
            "*/reconciler/audit/chain.py",
            "*/reconciler/audit/memory.py",
            "*/reconciler/audit/shape.py",
        ]
    )
)
