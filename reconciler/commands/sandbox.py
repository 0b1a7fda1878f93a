"""``reconciler sandbox``: the embedded CXone on a port of this machine."""

from __future__ import annotations

import click

from reconciler.commands._shared import options


@click.command(short_help="Serve the embedded CXone on this machine.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one."
)
@click.option(
    "--db", default=".reconciler/sandbox.db", show_default=True, metavar="FILE", help="Where its state is."
)
@click.option(
    "--fault", multiple=True, metavar="FAULT", help="A fault to show, as `no-lists` or `rate=5`; may repeat."
)
@options.templates
def sandbox(port: int, db: str, fault: tuple[str, ...], templates: tuple[str, ...]) -> int:
    """Serve the embedded CXone over HTTP on 127.0.0.1, seeded from the files, until it is stopped.

    \b
    reconciler sandbox --port 8080
    reconciler sandbox --fault carrier=slow --fault rate=20
    """
    import os
    import sys
    import time

    from reconciler.commands._shared.embedded import seeded
    from reconciler.commands._shared.session import today
    from reconciler.desired.load import load
    from reconciler.sandbox import CLIENT_ID, CLIENT_SECRET
    from reconciler.sandbox.faults import parse
    from reconciler.sandbox.serve import serve

    faults = parse(fault)
    paths = [path for path in templates if os.path.exists(path)]
    state = load(paths, today=today(), clock=time.monotonic, sandbox=True) if paths else None

    def announce(base_url: str) -> None:
        sys.stdout.write(
            f"export CXONE_BASE_URL={base_url}\n"
            f"export CXONE_CLIENT_ID={CLIENT_ID}\n"
            f"export CXONE_CLIENT_SECRET={CLIENT_SECRET}\n"
        )
        sys.stdout.flush()
        sys.stderr.write(f"The embedded CXone listens on {base_url}; Ctrl-C stops it.\n")

    with seeded(db, state) as store:
        serve(store, port, faults, announce)
    return 0


COMMAND = sandbox
