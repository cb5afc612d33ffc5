"""`demo`: the whole way, offline: a made-up API and two destinations."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..messages import plural
from ..options import opened

if TYPE_CHECKING:
    from ...sandbox import Sandbox
    from ...syncing import SyncResult

_ACCOUNT = "default"
_JOBS = 300
_GROUP = r"^(.+) [0-9]{4}-[0-9]{2}$"
"""Lists come back each month, under the name of the month."""
_CREDITS = ("charged", "refunded", "net")


@click.command("demo")
@click.argument(
    "folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path("ecore-demo"), required=False
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=_JOBS,
    show_default=True,
    metavar="N",
    help="Number of jobs.",
)
def demo_command(folder: Path, jobs: int) -> None:
    """Export a made-up account: no token, no network.

    Writes Parquet, SQLite and a report to DIR, by default ./ecore-demo. Running it again finds nothing new.
    """
    from ...sandbox import Sandbox

    # Running jobs stay as they are, so that both destinations, and a second demo, see the same.
    made_up = Sandbox(jobs=jobs, advance_after_reads=None)
    parquet, sqlite = f"parquet:{folder / 'parquet'}", f"sqlite:///{folder / 'ecore.sqlite'}"
    for destination in (parquet, sqlite):
        result = _sync(made_up, destination)
        click.echo(
            f"{destination}: {plural(result.jobs_exported, 'job')}, "
            f"{plural(result.records_written, 'record')} exported"
        )
    click.echo(_report(parquet, folder / "report.html"))
    click.echo(f"\n{_figures(parquet)}\n\n{_next_steps(folder)}")


def _sync(made_up: Sandbox, destination: str) -> SyncResult:
    import httpx

    from ...progress import shown_run
    from ...sandbox import BASE_PATH
    from ...settings import Secret, Settings
    from ...syncing import SyncOptions, run_sync

    settings = Settings(Secret(made_up.token), base_url=f"http://localhost{BASE_PATH}")
    # A demo with other figures than the last one there looks as if jobs had been deleted.
    options = SyncOptions(account=_ACCOUNT, accept_deletions=True, group=_GROUP)
    http_client = httpx.Client(transport=made_up.transport())
    with opened(destination, None) as found, shown_run() as progress:
        found.check_writable()  # which says best what is wrong with DIR
        result = run_sync(settings, found, options, progress=progress, http_client=http_client)
    if result.error is not None:
        raise result.error
    return result


def _report(destination: str, path: Path) -> str:
    """The report, where what it needs is installed."""
    from ...errors import SettingsError
    from ...report import write_report

    try:
        write_report(destination, path)
    except SettingsError as error:
        return f"no report: {error}"
    return f"{path}: the report, to open in a browser"


def _figures(destination: str) -> str:
    """What was written, read back."""
    from ...destinations import read_jobs, read_records

    with opened(destination, None) as found:
        jobs = read_jobs(found, _ACCOUNT, columns=["status"]).to_pylist()
        usage: Any = found.read_view("daily_credit_usage")
        records: Counter[Any] = Counter()
        for batch in read_records(found, _ACCOUNT):
            records.update(batch.column("status").to_pylist())
    charged, refunded, net = (sum(usage[f"credits_{part}"].to_pylist()) for part in _CREDITS)
    return (
        f"jobs      {_counts(Counter(job['status'] for job in jobs))}\n"
        f"records   {_counts(records)}\n"
        f"credits   {charged:,.2f} charged, {refunded:,.2f} refunded, {net:,.2f} net"
    )


def _counts(counter: Counter[Any]) -> str:
    parts = ", ".join(f"{count:,} {status}" for status, count in counter.most_common())
    return f"{counter.total():,}: {parts}"


def _next_steps(folder: Path) -> str:
    records = folder / "parquet" / "records"
    path = json.dumps(str(records), ensure_ascii=False)
    code = f'import pandas as pd; print(pd.read_parquet({path}).groupby("status").size())'
    query = "SELECT status, count(*) FROM records GROUP BY status"
    return (
        "Look at it:\n"
        f"  python -c {shlex.quote(code)}\n"
        f"  sqlite3 {shlex.quote(str(folder / 'ecore.sqlite'))} {shlex.quote(query)}\n"
        f"  ecore-export status {shlex.quote(f'parquet:{folder}/parquet')}\n"
        f"  ecore-export view {shlex.quote(f'parquet:{folder}/parquet')} daily_credit_usage\n"
        "Then the real thing:\n"
        "  export ECORE_API_TOKEN=…    # eCore dashboard, Settings → API Tokens\n"
        "  ecore-export sync parquet:warehouse"
    )
