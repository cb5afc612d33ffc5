"""`status`: what is in a destination, and how fresh. Out: text or JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ..exit_codes import COMPLETE, FAILED
from ..formats import draw_rows, json_rows
from ..messages import LOG, plural
from ..options import account_option, age, destination_argument, json_option, opened, setting
from ..profiles import EachProfile, profile_name

if TYPE_CHECKING:
    import pyarrow as pa

    from ...destinations import Destination
    from ...report import Health

_RUNS_SHOWN = 5
_RUN_COLUMNS = (
    "started_at",
    "status",
    "jobs_exported",
    "records_written",
    "jobs_rejected",
    "requests",
    "error",
)


@click.command("status", cls=EachProfile)
@destination_argument()
@setting(
    "--max-age",
    envvar="ECORE_MAX_AGE",
    type=age,
    metavar="AGE",
    help="Exit code 1 if the last complete run is older: 90s, 30m, 2h, 1d.",
)
@account_option
@json_option
def status_command(
    destination: str, schema_name: str | None, max_age: timedelta | None, account: str, as_json: bool
) -> int:
    """Show what is in a destination, and how fresh.

    Makes no API request. Exit code 1 if nothing was ever written there, or --max-age is exceeded.

    \b
    Examples:
      ecore-export status parquet:warehouse
      ecore-export status parquet:warehouse --max-age 2h --json
    """
    from ...destinations import held

    now = datetime.now(UTC)
    with opened(destination, schema_name) as found, held(found):
        version = found.schema_version()
        about: dict[str, Any] = {"profile": profile_name()} if profile_name() else {}
        about |= {"destination": found.url, "account": account, "schema_version": version}
        health = runs = None
        if version is not None:
            health, runs = _health(found, account, now), _last_runs(found, account)
            about |= _figures(found, health) | {"runs": json_rows(runs)}
        problem = _nothing(found, account, health) or _too_old(health, max_age)
        for note in dict.fromkeys(found.notes):
            LOG.warning("%s", note)
    about |= {"problem": problem, "exit_code": FAILED if problem else COMPLETE}
    click.echo(json.dumps(about) if as_json else _text(about, runs), nl=as_json)
    if problem:
        LOG.error("%s", problem)
    return FAILED if problem else COMPLETE


def _health(destination: Destination, account: str, now: datetime) -> Health:
    from ...report import Health, read_health

    found = read_health(destination, now, account)
    return found[0] if found else Health(account, now)


def _last_runs(destination: Destination, account: str) -> pa.Table:
    """Rows of `schema.SYNC_RUNS`, newest first."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from ...destinations import read_runs

    runs = read_runs(destination)
    runs = runs.filter(pc.equal(runs["account"], pa.scalar(account)))
    return runs.take(pa.array(list(reversed(range(len(runs))))[:_RUNS_SHOWN], pa.int64()))


def _nothing(destination: Destination, account: str, health: Health | None) -> str | None:
    """What to say of a destination where nothing is, or nothing of that account."""
    from ...destinations import account_labels, named

    if health is None:
        return f"nothing was ever exported to {destination.url}; run `ecore-export sync` first"
    if health.jobs_known or health.last_run_status:
        return None
    return (
        f"nothing was ever exported to {destination.url} for the account {account!r}; "
        f"{named(account_labels(destination))}"
    )


def _too_old(health: Health | None, max_age: timedelta | None) -> str | None:
    """Why a monitor should call somebody; None if all is well."""
    if health is None or max_age is None or (health.age is not None and health.age <= max_age):
        return None
    if health.age is None and health.runs_ahead:
        return "the last complete run ended in the future: was a clock ahead? Run `ecore-export sync` anew"
    if health.age is None:
        return "no run has been complete yet"
    age_s, max_age_s = health.age.total_seconds(), max_age.total_seconds()
    return f"the last complete run ended {_span(age_s)} ago, more than {_span(max_age_s)}"


def _figures(destination: Destination, health: Health) -> dict[str, Any]:
    """What is known of an account, as JSON can hold it."""
    from ...destinations import count_jobs

    last, age = health.last_complete_at, health.age
    return {
        "jobs": {
            "known": health.jobs_known,
            "exported": health.jobs_exported,
            "waiting": health.jobs_waiting,
            "running": health.jobs_in_flight,
            "deleted": health.jobs_known - count_jobs(destination, health.account),
            "unreconciled": health.jobs_unreconciled,
        },
        "records_exported": health.records,
        "rejects_open": health.open_rejects,
        "last_complete_at": last.isoformat().replace("+00:00", "Z") if last else None,
        "last_complete_age_s": None if age is None else age.total_seconds(),
        "runs_ahead": health.runs_ahead,
        "missing": health.missing,
    }


def _text(about: dict[str, Any], runs: pa.Table | None) -> str:
    profile = f"profile        {about['profile']}\n" if "profile" in about else ""
    if runs is None:
        return f"{profile}destination    {about['destination']}\nschema         nothing there yet\n"
    jobs = ", ".join(f"{count:,} {name}" for name, count in about["jobs"].items())
    age_s = about["last_complete_age_s"]
    odd = f"missing        {about['missing']}\n" if about["missing"] else ""
    if about["runs_ahead"]:
        odd += (
            f"clock          {about['runs_ahead']:,} complete runs ended in the future: a clock was ahead\n"
        )
    if unfinished := runs["status"].to_pylist().count("running"):
        odd += f"not ended      {plural(unfinished, 'run')}: at work, or killed\n"
    last = "none yet" if age_s is None else f"{about['last_complete_at']}, {_span(age_s)} ago"
    return (
        f"{profile}destination    {about['destination']}\n"
        f"account        {about['account']}\n"
        f"schema         version {about['schema_version']}\n"
        f"jobs           {jobs}\n"
        f"records        {about['records_exported']:,}\n"
        f"rejects        {about['rejects_open']:,} open\n"
        f"last complete  {last}\n{odd}\n" + draw_rows(runs.select(list(_RUN_COLUMNS)))
    )


def _span(seconds: float) -> str:
    """A length of time in its two largest units, such as 2h 5m."""
    left, parts = int(seconds), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"
