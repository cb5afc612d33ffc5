"""The datasets: one for each view that the dashboard shows, with the figures that add up.

In: the views of `views`. Out: what Superset's ``datasets/eCore/NAME.yaml`` holds.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from ...schema import Column, Kind
from ...views import VIEWS, View
from ..yaml_text import Yaml

NAMESPACE = UUID("8d4c8d5e-3a0e-4c55-9a51-3f4b6f0ce5a1")

DATABASE_UUID = str(uuid5(NAMESPACE, "database"))

HIDDEN_COLUMNS = ("email", "email_hash")
"""In no dataset, so that a role without the right to them can read the rest."""

# Types as PostgreSQL names them; Superset reads them by pattern and so understands them of SQLite as well.
_TYPES = {
    Kind.TEXT: "TEXT",
    Kind.INT64: "BIGINT",
    Kind.FLOAT64: "DOUBLE PRECISION",
    Kind.BOOL: "BOOLEAN",
    Kind.CREDITS: "NUMERIC(28, 6)",
    Kind.INSTANT: "TIMESTAMP WITH TIME ZONE",
    Kind.DATE: "DATE",
}

Metric = tuple[str, str, str, str]
"""Name, label, SQL and number format."""

MONEY, WHOLE, SHARE, SECONDS = ",.2f", ",d", ".1%", ",.1f"


def _share(name: str, label: str, part: str, whole: str) -> Metric:
    # 1e0 makes it a division of doubles; MySQL would give decimals of four more digits.
    return (name, label, f"1e0 * SUM({part}) / NULLIF(SUM({whole}), 0)", SHARE)


def _sum(name: str, label: str, column: str, form: str = WHOLE) -> Metric:
    return (name, label, f"SUM({column})", form)


def _verdicts(whole: str) -> tuple[Metric, ...]:
    names = ("valid", "invalid", "unknown")
    shares = (_share(f"share_{name}", name.capitalize(), f"{name}_count", whole) for name in names)
    return (_sum("addresses", "Addresses", whole), *shares)


_CREDITS = (
    _sum("charged", "Charged", "credits_charged", MONEY),
    _sum("refunded", "Refunded", "credits_refunded", MONEY),
    _sum("net", "Net", "credits_net", MONEY),
)
_CACHED = _share("share_cached", "From the cache", "cached_count", "records")
_COST = _sum("net", "Credits", "credits_net", MONEY)

METRICS: dict[str, tuple[Metric, ...]] = {
    "credit_events": (
        _sum("credits_sum", "Credits", "credits", MONEY),
        ("events", "Events", "COUNT(*)", WHOLE),
    ),
    "daily_credit_usage": _CREDITS,
    "monthly_statement": _CREDITS,
    "account_summary": (*_verdicts("total_records"), *_CREDITS),
    "list_quality": (*_verdicts("total_records"), _COST),
    "daily_list_quality": (*_verdicts("total_records"), _COST),
    "list_decay": (
        *_verdicts("total_records"),
        ("months", "Months", "MAX(month_number)", WHOLE),
        ("lowest_change", "Change of Valid, at worst", "MIN(valid_rate_change_total)", SHARE),
    ),
    "stale_lists": (("lists", "Lists", "COUNT(*)", WHOLE),),
    "validator_mix": (*_verdicts("records"), _CACHED),
    "daily_validator_mix": (*_verdicts("records"), _CACHED),
    "job_turnaround": (
        ("jobs", "Jobs", "COUNT(*)", WHOLE),
        ("mean_seconds", "Mean", "AVG(total_seconds)", SECONDS),
        ("longest_seconds", "Longest", "MAX(total_seconds)", SECONDS),
    ),
    "repeat_costs": (
        _sum("addresses", "Addresses", "records"),
        _sum("repeated", "Validated before", "repeats"),
        _share("share_repeated", "Share", "repeats", "records"),
        _sum("cost", "Credits for repeats", "repeat_credits", MONEY),
        _sum("cost_30d", "Within 30 days", "repeat_credits_30d", MONEY),
        _sum("cost_90d", "Within 90 days", "repeat_credits_90d", MONEY),
        _share("share_of_cost", "Share of all credits", "repeat_credits", "credits_net"),
    ),
    "repeat_validations": (
        ("repeated", "Validated before", "COUNT(*)", WHOLE),
        ("cost", "Credits", "SUM(credits)", MONEY),
        ("mean_days", "Days since, on average", "AVG(days_since)", SECONDS),
        ("changed", "Other verdict", "SUM(CASE WHEN is_changed THEN 1 ELSE 0 END)", WHOLE),
    ),
    "verdict_changes": (_sum("repeated", "Validated again", "repeats"),),
    "domain_quality": (*_verdicts("records"), _COST),
    "daily_domain_quality": (*_verdicts("records"), _COST),
    "error_reasons": (_sum("addresses", "Addresses", "records"),),
    "data_freshness": (_sum("open_rejects_sum", "Open rejects", "open_rejects"),),
}
"""By view. One without an entry has no dataset: latest_email_status, as it is about single addresses."""

WORDS = {
    "last_run": """CASE WHEN last_complete_at IS NULL THEN 'No sync has ended completely yet'
WHEN last_run_status = 'complete' THEN 'Went well' ELSE 'Did not end well' END""",
    "still_to_come": """CASE WHEN jobs_in_flight > 0 THEN 'Jobs are running at eCore'
WHEN jobs_waiting > 0 THEN 'Finished jobs are not exported yet' ELSE 'Nothing' END""",
    "adding_up": """CASE WHEN open_rejects > 0 THEN 'Something was refused'
WHEN jobs_unreconciled > 0 THEN 'Some jobs do not add up' ELSE 'All of it adds up' END""",
}
"""Columns that tell data_freshness in words. Superset's Handlebars chart would tell more, and its own content
security policy forbids it; SQL that puts words together has no spelling for every database."""

TIME = {
    "credit_events": "event_at",
    "daily_credit_usage": "day",
    "monthly_statement": "month",
    "daily_list_quality": "day",
    "list_decay": "month",
    "daily_validator_mix": "day",
    "job_turnaround": "completed_at",
    "repeat_costs": "month",
    "repeat_validations": "job_created_at",
    "daily_domain_quality": "day",
    "error_reasons": "month",
}
"""The column that the dashboard's period acts upon; the other views have no time to filter by."""

SHOWN = tuple(view for view in VIEWS if view.name in METRICS)


def view_called(name: str) -> View:
    """The view behind a dataset."""
    return next(view for view in SHOWN if view.name == name)


def dataset_uuid(view: str) -> str:
    """The same in every version, so that an import finds what is there."""
    return str(uuid5(NAMESPACE, f"dataset/{view}"))


def dataset(view: View) -> dict[str, Yaml]:
    """A view as a dataset."""
    return {
        "table_name": view.name,
        "description": view.description,
        "main_dttm_col": TIME.get(view.name),
        # No schema: the connection's default one, so that the same file serves PostgreSQL and SQLite.
        "schema": None,
        "uuid": dataset_uuid(view.name),
        "database_uuid": DATABASE_UUID,
        "version": "1.0.0",
        "metrics": [
            {"metric_name": name, "verbose_name": label, "expression": expression, "d3format": form}
            for name, label, expression, form in METRICS[view.name]
        ],
        "columns": [
            *(_column(column) for column in view.columns if column.name not in HIDDEN_COLUMNS),
            *(_in_words(name, sql) for name, sql in WORDS.items() if view.name == "data_freshness"),
        ],
    }


def _column(column: Column) -> Yaml:
    return {
        "column_name": column.name,
        "verbose_name": label_of(column.name, column.kind),
        "description": column.description,
        "type": _TYPES[column.kind],
        "is_dttm": column.kind in (Kind.INSTANT, Kind.DATE),
        "groupby": column.kind not in (Kind.FLOAT64, Kind.CREDITS),
        "filterable": True,
        # Days are compared as text in SQLite, so a bound must have no time of day.
        "python_date_format": "%Y-%m-%d" if column.kind is Kind.DATE else None,
    }


def _in_words(name: str, sql: str) -> Yaml:
    return {
        "column_name": name,
        "verbose_name": label_of(name, Kind.TEXT),
        "expression": sql,
        "type": "TEXT",
        "groupby": True,
    }


def label_of(name: str, kind: Kind) -> str:
    """What a person reads above a column."""
    if kind is Kind.INSTANT:
        return f"{label_of(name.removesuffix('_at'), Kind.TEXT)} (UTC)"
    return name.replace("_", " ").capitalize()
