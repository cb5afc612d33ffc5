"""The charts on what was spent, and on what of it went for addresses validated before."""

from __future__ import annotations

from .charts import Chart, Rows


def _figure(name: str, title: str, view: str, metric: str, note: str) -> Chart:
    return Chart(
        name=name, title=title, view=view, shape="number", metrics=(metric,), note=note, width=4, height=25
    )


SPEND: Rows = (
    (
        _figure("credits_charged", "Credits charged", "daily_credit_usage", "charged", "up front"),
        _figure("credits_refunded", "Credits refunded", "daily_credit_usage", "refunded", "came back"),
        _figure("credits_net", "Credits net", "daily_credit_usage", "net", "what it cost in the end"),
    ),
    (
        Chart(
            name="credits_over_time",
            title="Credits over time",
            view="daily_credit_usage",
            shape="bars",
            width=8,
            metrics=("charged", "refunded", "net"),
            limit=10_000,
        ),
        Chart(
            name="charges_and_refunds",
            title="Charges and refunds, by basis",
            view="credit_events",
            shape="sums",
            width=4,
            columns=("event", "basis"),
            metrics=("credits_sum", "events"),
            order=(("credits_sum", False),),
            note="Whether a charge was observed, derived or assumed.",
        ),
    ),
    (
        Chart(
            name="statement",
            title="Statement: what to lay beside the invoice",
            view="monthly_statement",
            shape="rows",
            columns=(
                "month",
                "account",
                "list_group",
                "list_name",
                "credits_charged",
                "credits_refunded",
                "credits_net",
                "records_charged",
                "jobs_charged",
            ),
            order=(("month", False), ("credits_net", False), ("account", True), ("list_name", True)),
            limit=10_000,
        ),
    ),
    (
        Chart(
            name="accounts",
            title="Accounts side by side",
            view="account_summary",
            shape="rows",
            height=30,
            columns=(
                "account",
                "jobs",
                "jobs_failed",
                "lists",
                "total_records",
                "valid_rate",
                "invalid_rate",
                "unknown_rate",
                "credits_charged",
                "credits_refunded",
                "credits_net",
                "credits_per_valid",
                "last_job_at",
            ),
            order=(("credits_net", False), ("account", True)),
            note="Over all time, whatever the period.",
        ),
    ),
)

REPEATS: Rows = (
    (
        _figure("repeat_cost", "Credits for repeats", "repeat_costs", "cost", "addresses validated before"),
        _figure(
            "repeat_cost_30d", "Of these, within 30 days", "repeat_costs", "cost_30d", "of the time before"
        ),
        _figure(
            "repeat_share",
            "Share of verdicts",
            "repeat_costs",
            "share_repeated",
            "on addresses validated before",
        ),
    ),
    (
        Chart(
            name="repeats_over_time",
            title="What repeats cost over time",
            view="repeat_costs",
            shape="bars",
            metrics=("cost", "cost_90d", "cost_30d"),
            limit=10_000,
        ),
    ),
    (
        Chart(
            name="repeats_by_list",
            title="What repeats cost, by list",
            view="repeat_costs",
            shape="sums",
            width=6,
            columns=("account", "list_group"),
            metrics=("cost", "cost_30d", "repeated", "share_repeated", "addresses"),
            order=(("cost", False),),
        ),
        Chart(
            name="repeats_by_job",
            title="Jobs that repeated most",
            view="repeat_validations",
            shape="sums",
            width=6,
            columns=("account", "job_id", "list_name"),
            metrics=("cost", "repeated", "changed", "mean_days"),
            order=(("cost", False),),
            limit=100,
        ),
    ),
    (
        Chart(
            name="verdict_changes",
            title="What became of a verdict",
            view="verdict_changes",
            shape="rows",
            columns=(
                "account",
                "previous_status",
                "age_from_days",
                "age_to_days",
                "status",
                "repeats",
                "share",
            ),
            order=(("account", True), ("previous_status", False), ("age_from_days", True), ("status", False)),
            note="Of the verdicts so many days old: how many were the same when asked for again.",
        ),
    ),
)
