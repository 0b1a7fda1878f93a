"""Every exit code with its words: in short for ``--help``, whole for ``reconciler help exit-codes``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCode:
    """One code: ``short`` in two or three words, ``means`` in Markdown."""

    code: int
    short: str
    means: str


EXIT_CODES = (
    ExitCode(code=0, short="done", means="done. For `plan`, whether or not there are changes"),
    ExitCode(
        code=1,
        short="error",
        means="an error, and nothing was written: invalid files, credentials, network, templates that do not exist "
        "(all of them are named), a broken audit log, a bad plan file, a declined prompt",
    ),
    ExitCode(
        code=2,
        short="changes (plan --detailed-exitcode)",
        means="only `plan --detailed-exitcode`: there are actions",
    ),
    ExitCode(
        code=3,
        short="apply incomplete",
        means="`apply` is incomplete: something ended `failed`, `blocked`, `conflict`, `pending`, `held` or "
        "`unreviewed`, or an error came after a write",
    ),
    ExitCode(
        code=4, short="stale review", means="stale: what was reviewed has moved since; nothing was written"
    ),
    ExitCode(code=5, short="refused by a guard", means="refused by a guard; nothing was written"),
    ExitCode(code=64, short="usage", means="the command line is wrong"),
    ExitCode(
        code=130,
        short="interrupted",
        means="interrupted (SIGINT, SIGTERM, SIGHUP): what is in flight ends and is recorded, and a tally says what "
        "was done and how to go on; a second signal ends it at once",
    ),
)

IN_SHORT = ", ".join(f"{each.code} {each.short}" for each in EXIT_CODES)
