"""`status`: what is in a destination, and how fresh. Out: text or JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ..exit_codes import COMPLETE, FAILED
from ..messages import LOG
from ..options import account_option, age, destination_argument, json_option, opened
from ..output import draw_rows, json_rows

if TYPE_CHECKING:
    from ...destinations import Destination
    from ..standing import Standing

_RUN_COLUMNS = (
    "started_at",
    "status",
    "jobs_exported",
    "records_written",
    "jobs_rejected",
    "requests",
    "error",
)


@click.command("status")
@destination_argument()
@click.option(
    "--max-age",
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

    Asks no API. Exit code 1 if nothing was ever written there, or --max-age is exceeded.

    \b
    Examples:
      ecore-export status parquet:warehouse
      ecore-export status parquet:warehouse --max-age 2h --json
    """
    from ..standing import standing

    now = datetime.now(UTC)
    with opened(destination, schema_name) as found:
        state, url = standing(found, account, now), found.url
        problem = _missing(found, account, state)
        for note in dict.fromkeys(found.notes):
            LOG.warning("%s", note)
    about = _about(url, account, state, now)
    click.echo(json.dumps(about) if as_json else _text(about, state), nl=as_json)
    problem = problem or _problem(state, max_age, now)
    if problem:
        LOG.error("%s", problem)
    return FAILED if problem else COMPLETE


def _missing(destination: Destination, account: str, state: Standing | None) -> str | None:
    """What to say of a destination where nothing is, or nothing of that account."""
    from ...destinations import account_labels, named

    if state is None:
        return f"nothing was ever exported to {destination.url}; run `ecore-export sync` first"
    if state.jobs["known"] or len(state.runs):
        return None
    return (
        f"nothing was ever exported to {destination.url} for the account {account!r}; "
        f"{named(account_labels(destination))}"
    )


def _problem(state: Standing | None, max_age: timedelta | None, now: datetime) -> str | None:
    """Why a monitor should call somebody; None if all is well."""
    if state is None:
        return None
    age_s = state.age_s(now)
    if max_age is None or (age_s is not None and age_s <= max_age.total_seconds()):
        return None
    if age_s is None and state.runs_ahead:
        return "the last complete run ended in the future: was a clock ahead? Run `ecore-export sync` anew"
    if age_s is None:
        return "no run has been complete yet"
    return f"the last complete run ended {_span(age_s)} ago, more than {_span(max_age.total_seconds())}"


def _about(url: str, account: str, state: Standing | None, now: datetime) -> dict[str, Any]:
    """All of it as JSON can hold it."""
    about: dict[str, Any] = {"destination": url, "account": account, "schema_version": None}
    if state is None:
        return about

    last = state.last_complete_at
    return about | {
        "schema_version": state.schema_version,
        "jobs": state.jobs,
        "records_exported": state.records_exported,
        "rejects_open": state.rejects_open,
        "last_complete_at": last.isoformat().replace("+00:00", "Z") if last else None,
        "last_complete_age_s": state.age_s(now),
        "runs_ahead": state.runs_ahead,
        "missing": state.missing,
        "runs": json_rows(state.runs),
    }


def _text(about: dict[str, Any], state: Standing | None) -> str:
    if state is None:
        return f"destination    {about['destination']}\nschema         nothing there yet\n"

    jobs = ", ".join(f"{count:,} {name}" for name, count in state.jobs.items())
    age_s = about["last_complete_age_s"]
    odd = f"missing        {state.missing}\n" if state.missing else ""
    if state.runs_ahead:
        odd += f"clock          {state.runs_ahead:,} complete runs ended in the future: a clock was ahead\n"
    last = "none yet" if age_s is None else f"{about['last_complete_at']}, {_span(age_s)} ago"
    return (
        f"destination    {about['destination']}\n"
        f"account        {about['account']}\n"
        f"schema         version {state.schema_version}\n"
        f"jobs           {jobs}\n"
        f"records        {state.records_exported:,}\n"
        f"rejects        {state.rejects_open:,} open\n"
        f"last complete  {last}\n{odd}\n" + draw_rows(state.runs.select(list(_RUN_COLUMNS)))
    )


def _span(seconds: float) -> str:
    """A length of time in its two largest units, such as 2h 5m."""
    left, parts = int(seconds), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"
