"""What the charts of our dashboards must say, computed from the rows of the views.

In: every view's rows. Out: the rows of each chart, by its title.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bi_warehouse import Rows

Row = dict[str, Any]
Views = Mapping[str, Rows]

YEAR_2001_MS = 978_307_200_000
"""Superset gives instants as milliseconds; what is larger than this is one."""


def over(part: str, whole: str) -> Callable[[Rows], float | None]:
    """A sum per another; null where that is 0."""
    return lambda rows: float(total(part)(rows) / total(whole)(rows)) if total(whole)(rows) else None


def total(column: str) -> Callable[[Rows], Any]:
    return lambda rows: sum(row[column] for row in rows)


def summed(
    view: str, by: Sequence[str], /, at_least: tuple[str, int] | None = None, **figures: Callable[[Rows], Any]
) -> Callable[[Views], Rows]:
    """Figures over the rows of a view that agree in ``by``; a day or instant counts as its month."""

    def computed(views: Views) -> Rows:
        found: dict[tuple[Any, ...], Rows] = {} if by else {(): views[view]}
        for row in views[view] if by else ():
            found.setdefault(tuple(month_of(row[name]) for name in by), []).append(row)
        groups = [(key, rows) for key, rows in found.items() if not at_least or large(rows, *at_least)]
        return [
            dict(zip(by, key, strict=True)) | {name: figure(rows) for name, figure in figures.items()}
            for key, rows in groups
        ]

    return computed


def large(rows: Rows, column: str, least: int) -> bool:
    return bool(total(column)(rows) >= least)


def month_of(value: object) -> object:
    if isinstance(value, datetime):
        return datetime(value.year, value.month, 1, tzinfo=UTC)
    return value.replace(day=1) if isinstance(value, date) else value


def rows_of(view: str, chosen: Callable[[Row], bool] = lambda row: True) -> Callable[[Views], Rows]:
    return lambda views: [row for row in views[view] if chosen(row)]


def freshness_in_words(views: Views) -> Rows:
    """As the account filled by `bi_warehouse` has it: one job is still running, and all else is well."""
    return [
        row
        | {
            "last_run": "Went well",
            "still_to_come": "Jobs are running at eCore" if row["jobs_in_flight"] else "Nothing",
            "adding_up": "All of it adds up",
        }
        for row in views["data_freshness"]
    ]


def slowest_jobs(views: Views) -> Rows:
    return sorted(views["job_turnaround"], key=lambda row: (-row["total_seconds"], -row["job_id"]))[:20]


def rates(whole: str) -> dict[str, Callable[[Rows], Any]]:
    shares = {f"share_{name}": over(f"{name}_count", whole) for name in ("valid", "invalid", "unknown")}
    return {"addresses": total(whole), **shares}


SPENT = {name: total(f"credits_{name}") for name in ("charged", "refunded", "net")}
REPEATED = {
    "cost": total("repeat_credits"),
    "cost_30d": total("repeat_credits_30d"),
    "cost_90d": total("repeat_credits_90d"),
}
VALIDATORS = {**rates("records"), "share_cached": over("cached_count", "records")}

WORST_FIRST = ("Domains of 100 addresses or more, worst first", "Lists of 100 addresses or more, worst first")

CHARTS: dict[str, Callable[[Views], Rows]] = {
    "May I trust these figures?": freshness_in_words,
    "Credits charged": summed("daily_credit_usage", (), charged=SPENT["charged"]),
    "Credits refunded": summed("daily_credit_usage", (), refunded=SPENT["refunded"]),
    "Credits net": summed("daily_credit_usage", (), net=SPENT["net"]),
    "Credits over time": summed("daily_credit_usage", ["day"], **SPENT),
    "Charges and refunds, by basis": summed(
        "credit_events", ["event", "basis"], credits_sum=total("credits"), events=len
    ),
    "Statement: what to lay beside the invoice": rows_of("monthly_statement"),
    "Accounts side by side, over all time": rows_of("account_summary"),
    "Quality over time": summed("daily_list_quality", ["day"], **rates("total_records")),
    "Domains of 100 addresses or more, worst first": summed(
        "daily_domain_quality", ["email_domain"], ("records", 100), **rates("records"), net=SPENT["net"]
    ),
    "Domains over all time": rows_of("domain_quality"),
    "Lists of 100 addresses or more, worst first": summed(
        "daily_list_quality",
        ["account", "list_group"],
        ("total_records", 100),
        **rates("total_records"),
        net=SPENT["net"],
    ),
    "Lists of 100 addresses or more that lose Valid ones": summed(
        "list_decay",
        ["account", "list_group"],
        ("total_records", 100),
        **rates("total_records"),
        months=lambda rows: max(row["month_number"] for row in rows),
        lowest_change=lambda rows: min(row["valid_rate_change_total"] for row in rows),
    ),
    "Lists not validated for 90 days": rows_of("stale_lists", lambda row: row["days_since"] >= 90),
    "Credits for repeats": summed("repeat_costs", (), cost=REPEATED["cost"]),
    "Of these, within 30 days": summed("repeat_costs", (), cost_30d=REPEATED["cost_30d"]),
    "Share of verdicts": summed("repeat_costs", (), share_repeated=over("repeats", "records")),
    "What repeats cost over time": summed("repeat_costs", ["month"], **REPEATED),
    "What repeats cost, by list": summed(
        "repeat_costs",
        ["account", "list_group"],
        **REPEATED,
        repeated=total("repeats"),
        share_repeated=over("repeats", "records"),
        addresses=total("records"),
    ),
    "Jobs that repeated most": summed(
        "repeat_validations",
        ["account", "job_id", "list_name"],
        cost=total("credits"),
        repeated=len,
        changed=total("is_changed"),
        mean_days=lambda rows: sum(row["days_since"] for row in rows) / len(rows),
    ),
    "What became of a verdict, over all time": rows_of("verdict_changes"),
    "Which validator answered": summed("daily_validator_mix", ["validator_used"], **VALIDATORS),
    "Validators: cache share and verdicts": summed("daily_validator_mix", ["validator_used"], **VALIDATORS),
    "From the cache, over time": summed("daily_validator_mix", ["day", "validator_used"], **VALIDATORS),
    "What went wrong": summed(
        "error_reasons", ["validator_used", "error_message"], addresses=total("records")
    ),
    "Turnaround over time, in seconds": summed(
        "job_turnaround",
        ["completed_at"],
        mean_seconds=lambda rows: sum(row["total_seconds"] for row in rows) / len(rows),
        longest_seconds=lambda rows: max(row["total_seconds"] for row in rows),
    ),
    "The 20 slowest jobs": slowest_jobs,
}


def in_march(moment: date | None) -> bool:
    return moment is not None and (moment.year, moment.month) == (2026, 3)


def assert_same(name: str, rows: Rows, expected: Rows) -> None:
    """The chart's rows are those expected, and in its order where that is part of what it says."""
    columns = (rows or expected or [{}])[0]
    found, wanted = ([comparable(row, columns) for row in some] for some in (rows, expected))
    if name == "The 20 slowest jobs":
        assert found == wanted, name
    assert sorted(found, key=repr) == sorted(wanted, key=repr), name
    if name in WORST_FIRST:
        shares = [row.get("share_valid", row.get("Valid, %")) for row in rows]
        assert shares == sorted(shares), name


def comparable(row: Row, columns: Collection[str]) -> dict[str, object]:
    return {column: plain(row[column]) for column in columns}


def plain(value: object) -> object:
    """A number to six places, an instant or day in milliseconds since 1970, any other value as it is."""
    if isinstance(value, str) and value[:2] == "20" and value[8:]:
        value = datetime.fromisoformat(value)
    if isinstance(value, date):
        instant = value if isinstance(value, datetime) else datetime(*value.timetuple()[:3], tzinfo=UTC)
        return int(instant.replace(tzinfo=instant.tzinfo or UTC).timestamp() * 1000)
    if not isinstance(value, int | float | Decimal):
        return value
    return int(value) if value > YEAR_2001_MS else round(float(value), 6)
