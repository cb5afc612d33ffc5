"""The charts on what was spent, and on what of it went for addresses validated before."""

from __future__ import annotations

from .charts import Chart, Rows, chart


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
