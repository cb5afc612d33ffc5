"""`erase` and `prune`: take addresses, or old records, out of a destination. Called through `app`."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

from ..instants import as_instant
from .asked import destination_argument, json_option, opened_export
from .messages import tell_outcome
from .wording import counted


@click.command("erase")
@destination_argument()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS…")
@json_option
def erase_command(
    destination: str, schema_name: str | None, addresses: tuple[str, ...], as_json: bool
) -> None:
    """Blank addresses everywhere in a destination, for good.

    The records keep their rows, so counts still reconcile; address, hash, domain, ec_id and error text go,
    and later syncs keep them out. In a destination of --pii hash, ECORE_PII_KEY must be set. In one of
    --pii drop, records cannot be found by address, and only later syncs are affected.

    \b
    Examples:
      ecore-export erase parquet:warehouse jane@example.com
      ecore-export erase parquet:warehouse - < addresses.txt      (one a line, not in the process list)
    """
    from ..settings import load_pii_key
    from ..syncing import erase

    asked = [address for given in addresses for address in _lines(given)]
    with opened_export(destination, schema_name) as found:
        erased = erase(found, asked, pii_key=load_pii_key())
    if as_json:
        tell_outcome(json.dumps({"addresses": len(set(asked)), "records_erased": erased}))
    else:
        tell_outcome(f"erased {counted(erased, 'record')}; to be kept out from now on: {len(set(asked)):,}")


@click.command("prune")
@destination_argument()
@click.option(
    "--records-before",
    "before",
    type=as_instant,
    required=True,
    metavar="DATE",
    help="Remove records of jobs created before this (UTC).",
)
@json_option
def prune_command(destination: str, schema_name: str | None, before: datetime, as_json: bool) -> None:
    """Remove old records; the jobs and their figures stay.

    Later syncs do not bring them back.

    \b
    Example:
      ecore-export prune parquet:warehouse --records-before 2025-01-01
    """
    from ..syncing import prune

    with opened_export(destination, schema_name) as found:
        removed = prune(found, before)
    tell_outcome(
        json.dumps({"records_removed": removed}) if as_json else f"removed {counted(removed, 'record')}"
    )


def _lines(given: str) -> list[str]:
    """The addresses given: ``-`` stands for those on standard input, one a line."""
    if given != "-":
        return [given]
    return [line.strip() for line in sys.stdin if line.strip()]
