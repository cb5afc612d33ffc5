"""The charts on how good addresses, domains and lists are, and on who said so how fast."""

from __future__ import annotations

from .charts import Chart, Rows

LARGE = 100
"""Addresses from which on a list or domain is ranked: chance alone can make a smaller one look bad."""

_RANKED = f"Those of {LARGE} addresses or more, as chance alone can make small ones look bad."

_SHARES = ("share_valid", "share_invalid", "share_unknown")

QUALITY: Rows = (
    (
        Chart(
            name="quality_over_time",
            title="Quality over time",
            view="daily_list_quality",
            shape="lines",
            metrics=_SHARES,
            limit=10_000,
        ),
    ),
    (
        Chart(
            name="domains",
            title="Domains, worst first",
            view="daily_domain_quality",
            shape="sums",
            width=6,
            height=60,
            columns=("email_domain",),
            metrics=("share_valid", "share_invalid", "share_unknown", "addresses", "net"),
            having=f"SUM(records) >= {LARGE}",
            order=(("share_valid", True),),
            note=_RANKED,
        ),
        Chart(
            name="domains_known",
            title="Domains over all time",
            view="domain_quality",
            shape="rows",
            width=6,
            height=60,
            columns=(
                "account",
                "email_domain",
                "records",
                "valid_rate",
                "repeats",
                "repeat_rate",
                "credits_net",
                "first_job_at",
                "last_job_at",
            ),
            order=(("records", False), ("account", True), ("email_domain", True)),
        ),
    ),
)

LISTS: Rows = (
    (
        Chart(
            name="worst_lists",
            title="Lists, worst first",
            view="daily_list_quality",
            shape="sums",
            height=60,
            columns=("account", "list_group"),
            metrics=("share_valid", "share_invalid", "share_unknown", "addresses", "net"),
            having=f"SUM(total_records) >= {LARGE}",
            order=(("share_valid", True),),
            note=_RANKED,
        ),
    ),
    (
        Chart(
            name="decay",
            title="Lists that lose their Valid addresses",
            view="list_decay",
            shape="sums",
            width=6,
            columns=("account", "list_group"),
            metrics=("lowest_change", "months", "share_valid", "addresses"),
            having=f"SUM(total_records) >= {LARGE}",
            order=(("lowest_change", True),),
            note=f"Share of Valid ones against the first month. {_RANKED}",
        ),
        Chart(
            name="stale",
            title="Lists not validated for 90 days",
            view="stale_lists",
            shape="rows",
            width=6,
            columns=("account", "list_group", "days_since", "last_job_at", "jobs", "mean_interval_days"),
            where=(("days_since", ">=", 90),),
            order=(("days_since", False), ("account", True), ("list_group", True)),
        ),
    ),
)

OPERATIONS: Rows = (
    (
        Chart(
            name="validators_mix",
            title="Which validator answered",
            view="daily_validator_mix",
            shape="pie",
            width=4,
            columns=("validator_used",),
            metrics=("addresses",),
            order=(("addresses", False),),
        ),
        Chart(
            name="validators_shares",
            title="Validators: cache share and verdicts",
            view="daily_validator_mix",
            shape="sums",
            width=8,
            columns=("validator_used",),
            metrics=("addresses", "share_cached", "share_valid", "share_invalid", "share_unknown"),
            order=(("addresses", False),),
        ),
    ),
    (
        Chart(
            name="cache_over_time",
            title="From the cache, over time",
            view="daily_validator_mix",
            shape="lines",
            width=6,
            columns=("validator_used",),
            metrics=("share_cached",),
            limit=10_000,
        ),
        Chart(
            name="errors",
            title="What went wrong",
            view="error_reasons",
            shape="sums",
            width=6,
            columns=("validator_used", "error_message"),
            metrics=("addresses",),
            order=(("addresses", False),),
        ),
    ),
    (
        Chart(
            name="turnaround_over_time",
            title="Turnaround over time, in seconds",
            view="job_turnaround",
            shape="lines",
            width=6,
            metrics=("mean_seconds", "longest_seconds"),
            limit=10_000,
        ),
        Chart(
            name="slowest_jobs",
            title="The 20 slowest jobs",
            view="job_turnaround",
            shape="rows",
            width=6,
            columns=(
                "account",
                "job_id",
                "list_name",
                "status",
                "total_records",
                "queue_seconds",
                "processing_seconds",
                "total_seconds",
                "completed_at",
            ),
            where=(("total_seconds", "IS NOT NULL", None),),
            order=(("total_seconds", False), ("job_id", False)),
            limit=20,
        ),
    ),
)
