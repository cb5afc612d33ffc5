"""`forget`: take an account label out of a destination. In: a label. Out: how many rows went."""

from __future__ import annotations

import json

import click

from ..options import destination_argument, json_option, opened_export


@click.command("forget")
@destination_argument()
@click.option("--account", required=True, metavar="LABEL", help="Label of the eCore account to take out.")
@click.option("--dry-run", is_flag=True, help="Count, change nothing.")
@json_option
def forget_command(
    destination: str, schema_name: str | None, account: str, dry_run: bool, as_json: bool
) -> None:
    """Take all rows of an account label out of every table, for good.

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
    click.echo(f"{'would take out' if dry_run else 'taken out'}: {counts}")
