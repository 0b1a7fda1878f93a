"""``reconciler verify-webhook``: whether a webhook that was received is to be believed."""

from __future__ import annotations

import click

from reconciler.commands._shared import options as options


@click.command(short_help="Check a received webhook's signature.")
@click.argument("file", metavar="FILE")
@click.option(
    "--header", "header", multiple=True, metavar="'NAME: VALUE'", help="A header of the request; may repeat."
)
@click.option("--headers", metavar="FILE", help="The request's headers, one a line, as in an HTTP log.")
@click.option(
    "--secret-env", multiple=True, metavar="NAME", help="The variable that holds the secret; may repeat."
)
@click.option(
    "--secret-file", multiple=True, metavar="PATH", help="The file that holds the secret; may repeat."
)
@click.option(
    "--tolerance",
    type=click.IntRange(0, 10**9),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="How old a message may be, or how far ahead of the clock.",
)
@click.option(
    "--at",
    metavar="TIME",
    help="Check as of then (2026-11-20T10:00:00Z, or seconds since 1970): for a stored one.",
)
@options.formatted("text", "json")
def verify_webhook(
    *,
    file: str,
    header: tuple[str, ...],
    headers: str | None,
    secret_env: tuple[str, ...],
    secret_file: tuple[str, ...],
    tolerance: int,
    at: str | None,
    format_: str,
    color: str,
) -> int:
    """Check the signature of a webhook whose raw body is in FILE (`-`: stdin), byte for byte as it came.

    The signature is Standard Webhooks': the headers webhook-id, webhook-timestamp and webhook-signature. While a secret
    is being rotated, name both: any of them will do. A secret itself is never an argument. Exits 0 where the message
    is genuine, 1 where it is not. That it was seen before only the receiver can know, by the id.

    \b
    reconciler verify-webhook body.json --headers headers.txt --secret-env CXONE_WEBHOOK_SECRET
    reconciler verify-webhook - --headers headers.txt --secret-file new.txt --secret-file old.txt
    """
    from reconciler.commands.verify_webhook.verdict import SignedRequest, verified
    from reconciler.core.model import SecretRef

    refs = [SecretRef(source="env", name=name) for name in secret_env]
    refs += [SecretRef(source="file", name=name) for name in secret_file]
    if not refs:
        raise click.UsageError("No secret is named: give --secret-env NAME or --secret-file PATH.")
    if not header and headers is None:
        raise click.UsageError(
            "No headers: give --headers FILE, or --header 'NAME: VALUE' for each of the three."
        )
    delivery = SignedRequest(file=file, header=header, headers=headers)
    options.screen_of(format_, color).show(verified(delivery, refs, tolerance=tolerance, at=at))
    return 0


COMMAND = verify_webhook
