"""The charts on how good addresses, domains and lists are, and on who said so how fast."""

from __future__ import annotations

from .charts import LARGE, Rows, chart

_SHARES = "share_valid share_invalid share_unknown"
_WORST = f"{_SHARES} addresses net"

# fmt: off
# What a chart is stands in its first line, what it shows in the next ones.
QUALITY: Rows = (
    (chart("lines", "quality_over_time", "Quality over time", "daily_list_quality", metrics=_SHARES),),
    (
        chart(
            "sums", "domains", f"Domains of {LARGE} addresses or more, worst first", "daily_domain_quality",
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
            "sums", "worst_lists", f"Lists of {LARGE} addresses or more, worst first", "daily_list_quality",
            columns="account list_group", metrics=_WORST, order="share_valid", large="total_records",
            height=60,
        ),
    ),
    (
        chart(
            "sums", "decay", f"Lists of {LARGE} addresses or more that lose Valid ones", "list_decay",
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
