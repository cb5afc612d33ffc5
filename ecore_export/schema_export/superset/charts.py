"""The charts of the dashboard: what a chart is, the few words that declare one, and each of them.

In: names of columns and metrics. Out: a `Chart`; those on what was spent and on what of it went for addresses
validated before, on how good addresses, domains and lists are, and on who said so how fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import uuid5

from ..yaml_text import Yaml
from .datasets import NAMESPACE, TIME

Shape = Literal["number", "bars", "lines", "pie", "sums", "rows"]
Filter = tuple[str, str, Yaml]
"""Column, Superset's operator, value."""

_LARGE = 100
"""Addresses from which on a list or domain is ranked: chance alone can make a smaller one look bad."""
_RANKED = f"Those of {_LARGE} addresses or more, as chance alone can make small ones look bad."

_MOST_ROWS, _MOST_POINTS = 1000, 10_000
_OVER_TIME = ("bars", "lines")

_SHARES = "share_valid share_invalid share_unknown"
_WORST = f"{_SHARES} addresses net"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart of the dashboard, over one view.

    ``columns``: those shown by ``rows``; else those that ``metrics`` are summed by. ``order``:
    column or metric, and whether it rises. ``having``: SQL that sums must fulfil to be shown.
    """

    name: str
    title: str
    view: str
    shape: Shape
    width: int
    height: int
    columns: tuple[str, ...]
    metrics: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]
    where: tuple[Filter, ...]
    having: str
    limit: int
    note: str | None

    @property
    def uuid(self) -> str:
        """The same in every version, so that an import finds what is there."""
        return str(uuid5(NAMESPACE, f"chart/{self.name}"))

    @property
    def time(self) -> str | None:
        """The column that the dashboard's period acts upon."""
        return TIME.get(self.view)

    @property
    def is_over_time(self) -> bool:
        """Whether the dashboard's time grain acts upon it."""
        return self.shape in _OVER_TIME

    @property
    def filters(self) -> tuple[Filter, ...]:
        """Its own, and the place for the dashboard's period."""
        period: tuple[Filter, ...] = ((self.time, "TEMPORAL_RANGE", "No filter"),) if self.time else ()
        return (*period, *self.where)


Rows = tuple[tuple[Chart, ...], ...]
"""The charts of a tab, row by row."""


def chart(
    shape: Shape,
    name: str,
    title: str,
    view: str,
    *,
    columns: str = "",
    metrics: str = "",
    order: str = "",
    where: tuple[Filter, ...] = (),
    large: str = "",
    width: int = 12,
    height: int = 50,
    limit: int | None = None,
    note: str | None = None,
) -> Chart:
    """A chart whose names are words of one text; in ``order`` what begins with ``-`` falls.

    ``large``: the column that must add up to `_LARGE` for a row to be shown.
    """
    return Chart(
        name=name,
        title=title,
        view=view,
        shape=shape,
        width=width,
        height=height,
        columns=tuple(columns.split()),
        metrics=tuple(metrics.split()),
        order=tuple((word.removeprefix("-"), not word.startswith("-")) for word in order.split()),
        where=where,
        having=f"SUM({large}) >= {_LARGE}" if large else "",
        limit=limit or (_MOST_POINTS if shape in _OVER_TIME else _MOST_ROWS),
        note=" ".join(filter(None, (note, _RANKED if large else None))) or None,
    )


def _figure(name: str, title: str, view: str, metric: str, note: str) -> Chart:
    return chart("number", name, title, view, metrics=metric, note=note, width=4, height=25)


# fmt: off
# What a chart is stands in its first line, what it shows in the next ones.
SPEND: Rows = (
    (
        _figure("credits_charged", "Credits charged", "daily_credit_usage", "charged", "up front"),
        _figure("credits_refunded", "Credits refunded", "daily_credit_usage", "refunded", "came back"),
        _figure("credits_net", "Credits net", "daily_credit_usage", "net", "what it cost in the end"),
    ),
    (
        chart(
            "bars", "credits_over_time", "Credits over time", "daily_credit_usage",
            metrics="charged refunded net", width=8,
        ),
        chart(
            "sums", "charges_and_refunds", "Charges and refunds, by basis", "credit_events",
            columns="event basis", metrics="credits_sum events", order="-credits_sum", width=4,
            note="Whether a charge was observed, derived or assumed.",
        ),
    ),
    (
        chart(
            "rows", "accounts", "Accounts side by side, over all time", "account_summary",
            columns="account jobs jobs_failed lists total_records valid_rate invalid_rate unknown_rate"
            " credits_charged credits_refunded credits_net credits_per_valid last_job_at",
            order="-credits_net account", height=30,
        ),
    ),
    (
        chart(
            "rows", "statement", "Statement: what to lay beside the invoice", "monthly_statement",
            columns="month account list_group list_name"
            " credits_charged credits_refunded credits_net records_charged jobs_charged",
            order="-month -credits_net account list_name", limit=10_000,
        ),
    ),
)

REPEATS: Rows = (
    (
        _figure("repeat_cost", "Credits for repeats", "repeat_costs", "cost", "addresses validated before"),
        _figure(
            "repeat_cost_30d", "Of these, within 30 days", "repeat_costs", "cost_30d", "of the time before",
        ),
        _figure(
            "repeat_share", "Share of verdicts", "repeat_costs", "share_repeated",
            "on addresses validated before",
        ),
    ),
    (
        chart(
            "bars", "repeats_over_time", "What repeats cost over time", "repeat_costs",
            metrics="cost cost_90d cost_30d",
        ),
    ),
    (
        chart(
            "sums", "repeats_by_list", "What repeats cost, by list", "repeat_costs",
            columns="account list_group", metrics="cost cost_30d repeated share_repeated addresses",
            order="-cost",
        ),
    ),
    (
        chart(
            "rows", "verdict_changes", "What became of a verdict, over all time", "verdict_changes",
            columns="account previous_status age_from_days age_to_days status repeats share",
            order="account -previous_status age_from_days -status",
            note="Of the verdicts so many days old: how many were the same when asked for again.",
        ),
    ),
    (
        chart(
            "sums", "repeats_by_job", "Jobs that repeated most", "repeat_validations",
            columns="account job_id list_name", metrics="cost repeated changed mean_days",
            order="-cost", limit=100,
        ),
    ),
)


QUALITY: Rows = (
    (chart("lines", "quality_over_time", "Quality over time", "daily_list_quality", metrics=_SHARES),),
    (
        chart(
            "sums", "domains", f"Domains of {_LARGE} addresses or more, worst first", "daily_domain_quality",
            columns="email_domain", metrics=_WORST, order="share_valid", large="records",
        ),
    ),
    (
        chart(
            "rows", "domains_known", "Domains over all time", "domain_quality",
            columns="account email_domain records valid_rate repeats repeat_rate credits_net"
            " first_job_at last_job_at",
            order="-records account email_domain",
        ),
    ),
)

LISTS: Rows = (
    (
        chart(
            "sums", "worst_lists", f"Lists of {_LARGE} addresses or more, worst first", "daily_list_quality",
            columns="account list_group", metrics=_WORST, order="share_valid", large="total_records",
            height=60,
        ),
    ),
    (
        chart(
            "sums", "decay", f"Lists of {_LARGE} addresses or more that lose Valid ones", "list_decay",
            columns="account list_group", metrics="lowest_change months share_valid addresses",
            order="lowest_change", large="total_records", width=6,
            note="Share of Valid ones against the first month.",
        ),
        chart(
            "rows", "stale", "Lists not validated for 90 days", "stale_lists",
            columns="account list_group days_since last_job_at jobs mean_interval_days",
            where=(("days_since", ">=", 90),), order="-days_since account list_group", width=6,
        ),
    ),
)

OPERATIONS: Rows = (
    (
        chart(
            "pie", "validators_mix", "Which validator answered", "daily_validator_mix",
            columns="validator_used", metrics="addresses", order="-addresses", width=6,
        ),
        chart(
            "sums", "validators_shares", "Validators: cache share and verdicts", "daily_validator_mix",
            columns="validator_used", metrics=f"addresses share_cached {_SHARES}", order="-addresses",
            width=6,
        ),
    ),
    (
        chart(
            "lines", "cache_over_time", "From the cache, over time", "daily_validator_mix",
            columns="validator_used", metrics="share_cached", width=6,
        ),
        chart(
            "lines", "turnaround_over_time", "Turnaround over time, in seconds", "job_turnaround",
            metrics="mean_seconds longest_seconds", width=6,
        ),
    ),
    (
        chart(
            "rows", "slowest_jobs", "The 20 slowest jobs", "job_turnaround",
            columns="account job_id list_name status total_records"
            " queue_seconds processing_seconds total_seconds completed_at",
            where=(("total_seconds", "IS NOT NULL", None),), order="-total_seconds -job_id", limit=20,
        ),
    ),
    (
        chart(
            "sums", "errors", "What went wrong", "error_reasons",
            columns="validator_used error_message", metrics="addresses", order="-addresses", height=30,
        ),
    ),
)
