"""`erase`, `prune` and `forget`: take addresses, old records or an account out of a destination."""

from __future__ import annotations

import codecs
import json
import re
import sys
from datetime import datetime

import click

from ...times import as_instant
from ..messages import plural, tell_outcome
from ..options import (
    destination_and,
    destination_argument,
    json_option,
    label_of_variable,
    opened_export,
    setting,
)
from ..profiles import pii_key

_URL_START = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def _begins_with_address(words: tuple[str, ...]) -> bool:
    """Whether DEST is left out: the first word is ``-``, or has an @ and does not begin as a URL does."""
    return bool(words) and (words[0] == "-" or ("@" in words[0] and not _URL_START.match(words[0])))


@click.command("erase")
@destination_and("addresses", "ADDRESS…", is_rest=_begins_with_address)
@click.option("--dry-run", is_flag=True, help="Show what would be erased; change nothing.")
@json_option
def erase_command(
    destination: str, schema_name: str | None, addresses: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Blank addresses everywhere in a destination, for good.

    The records keep their rows, so counts still reconcile; address, hash, domain, ec_id and error text go,
    and later syncs keep them out. In a destination of --pii hash, ECORE_PII_KEY must be set. In one of
    --pii drop, records cannot be found by address, and only later syncs are affected.

    DEST may be left out where ECORE_DESTINATION is set.

    \b
    Examples:
      ecore-export erase parquet:warehouse jane@example.com
      ecore-export erase parquet:warehouse jane@example.com --dry-run
      ecore-export erase parquet:warehouse - < addresses.txt      (one a line, not in the process list)
    """
    from ...syncing import erase

    asked = [address for given in addresses for address in _addresses(given)]
    with opened_export(destination, schema_name) as found:
        erased = erase(found, asked, pii_key=pii_key(), dry_run=dry_run)
    if as_json:
        figures = {"addresses": erased.given, "records_erased": erased.records, "texts_erased": erased.texts}
        tell_outcome(json.dumps(figures | {"found_nowhere": erased.nowhere, "dry_run": dry_run}))
        return
    verb, later = ("would erase", "would be") if dry_run else ("erased", "to be")
    texts = f" and {plural(erased.texts, 'text')}" if erased.texts else ""
    tell_outcome(
        f"{verb} {plural(erased.records, 'record')}{texts}; {later} kept out from now on: {erased.given:,}"
        + (f"; found nowhere: {erased.nowhere:,}" if erased.nowhere else "")
    )


@click.command("prune")
@destination_argument()
@click.option(
    "--records-before",
    "before",
    type=as_instant,
    required=True,
    metavar="DATE",
    help="Remove records of jobs created before this date (UTC).",
)
@setting(
    "--account",
    envvar="ECORE_ACCOUNT",
    callback=label_of_variable,
    metavar="LABEL",
    help="Only records of this account's jobs; all by default.",
)
@click.option("--dry-run", is_flag=True, help="Show how many would be removed; change nothing.")
@json_option
def prune_command(
    destination: str,
    schema_name: str | None,
    before: datetime,
    account: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Remove old records; the jobs and their figures stay.

    Later syncs do not bring them back. The records of every account go, unless --account names one.

    \b
    Example:
      ecore-export prune parquet:warehouse --records-before 2025-01-01
    """
    from ...syncing import prune

    with opened_export(destination, schema_name) as found:
        removed = prune(found, before, account=account, dry_run=dry_run)
    if as_json:
        tell_outcome(json.dumps({"records_removed": removed, "dry_run": dry_run}))
    else:
        tell_outcome(f"{'would remove' if dry_run else 'removed'} {plural(removed, 'record')}")


@click.command("forget")
@destination_argument()
@click.option("--account", required=True, metavar="LABEL", help="Label of the eCore account to remove.")
@click.option("--dry-run", is_flag=True, help="Show how many rows would be removed; change nothing.")
@json_option
def forget_command(
    destination: str, schema_name: str | None, account: str, dry_run: bool, as_json: bool
) -> None:
    """Remove all rows of an account from every table, for good.

    For a label that was mistyped, or an account that is no longer wanted. Erased addresses stay kept out.
    The next sync with that label exports the account anew.

    \b
    Examples:
      ecore-export forget parquet:warehouse --account b --dry-run
      ecore-export forget parquet:warehouse --account b
    """
    from ...syncing import forget

    with opened_export(destination, schema_name) as found:
        rows = forget(found, account, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps({"account": account, "is_dry_run": dry_run, "rows": rows}))
        return
    counts = ", ".join(f"{count:,} in {table}" for table, count in rows.items())
    click.echo(f"{'would remove' if dry_run else 'removed'}: {counts}")


def _addresses(given: str) -> list[str]:
    """The addresses given: ``-`` stands for those on standard input, one a line."""
    from ...addresses import one_address
    from ...errors import SettingsError

    if given != "-":
        if (address := one_address(given)) is None:
            raise SettingsError("that is not an address: one looks like name@example.com")
        return [address]
    found = []
    for number, line in enumerate(_text_of_stdin().splitlines(), 1):
        if not line.strip():
            continue
        if (address := one_address(line)) is None:
            raise SettingsError(
                f"line {number} of standard input is not one address: give one a line, with no name or "
                "other column beside it; nothing was erased"
            )
        found.append(address)
    if not found:
        raise SettingsError("there is no address on standard input: give one a line")
    return found


def _text_of_stdin() -> str:
    """Standard input as UTF-8, or as UTF-16 where a byte order mark says so."""
    from ...errors import SettingsError

    data = sys.stdin.buffer.read()
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SettingsError(
            f"line {line} of standard input is not {encoding.removesuffix('-sig').upper()}: save the list "
            "as UTF-8; nothing was erased"
        ) from None
