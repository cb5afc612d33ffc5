"""Credit events and credit use over Arrow tables: the twin of the SQL, on exact decimals.

In: rows of `schema.JOBS` and `schema.JOB_HISTORY`. Out: rows of `CREDIT_EVENTS`, `DAILY_CREDIT_USAGE` and
`CREDIT_USAGE`. Called by `of_frames` and, for Parquet folders, `destinations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from .declared import CREDIT_EVENTS, View
from .shaping import WIDE, days_of, fitting, newest_of_each, shaped
from .zones import Offsets

JOB_COLUMNS = (
    *("account", "job_id", "list_name", "status", "is_final", "total_records", "valid_count"),
    *("total_credits_charged", "credits_charged_at", "created_at", "completed_at", "changed_at"),
)
"""What is needed of `schema.JOBS`."""

HISTORY_COLUMNS = ("account", "job_id", "valid_from", "is_final", "total_credits_charged")
"""What is needed of `schema.JOB_HISTORY`."""

Unit = Literal["day", "week", "month"]

UNITS: dict[str, Unit] = {"D": "day", "W": "week", "M": "month"}
"""What a period may be; weeks begin on Monday."""

_ROWS = 50_000
_STEP = Decimal(1).scaleb(-schema.CREDIT_SCALE)
_EXACT = Context(prec=90, rounding=ROUND_HALF_EVEN)
"""Wide enough for a quotient to be rounded once only: 28 digits times 19, divided by 19."""

_NOTHING: Any = pa.scalar(Decimal(0), WIDE)
_ZERO: Any = pa.scalar(0, pa.int64())


def credit_events(jobs: pa.Table, history: pa.Table | None = None) -> pa.Table:
    """Rows of `CREDIT_EVENTS`; without ``history`` nothing that is final is `observed`."""
    charges = _observed(schema.JOB_HISTORY.empty() if history is None else history)
    joined = jobs.select(JOB_COLUMNS).join(charges, ["account", "job_id"])
    joined = joined.filter(pc.is_valid(joined["total_credits_charged"]))
    events = [part for batch in joined.to_batches(max_chunksize=_ROWS) for part in _events(batch)]
    return shaped(CREDIT_EVENTS, pa.concat_tables([CREDIT_EVENTS.frame_arrow.empty_table(), *events]))


def credit_usage(events: pa.Table, view: View, offsets: Offsets, unit: Unit = "day") -> pa.Table:
    """Rows of ``view``, whose second column is the first day of the period."""
    period = pc.floor_temporal(days_of(events["event_at"], offsets), unit=unit).cast(pa.date32())
    is_charge = pc.equal(events["event"], pa.scalar("charge"))
    credits: Any = events["credits"].cast(WIDE)
    columns: dict[str, Any] = {
        "account": events["account"],
        "period": period,
        "charged": pc.if_else(is_charge, credits, _NOTHING),
        "refunded": pc.if_else(is_charge, _NOTHING, pc.negate(credits)),
        "net": credits,
        "records": pc.if_else(is_charge, pc.fill_null(events["records"], _ZERO), _ZERO),
        "jobs": is_charge.cast(pa.int64()),
    }
    dated = pa.table(columns)
    summed = dated.column_names[2:]
    sums = dated.group_by(["account", "period"]).aggregate([(name, "sum") for name in summed])
    rows = sums.select(["account", "period", *(f"{name}_sum" for name in summed)])
    return shaped(view, rows.rename_columns(list(view.names)))


def _observed(history: pa.Table) -> pa.Table:
    """The newest charge that was seen of each job while it ran."""
    is_charge = pc.and_(
        pc.invert(history["is_final"]), pc.greater(history["total_credits_charged"], pa.scalar(0))
    )
    newest = newest_of_each(history.filter(is_charge), ["account", "job_id"], ["valid_from"])
    return newest.select(["account", "job_id", "total_credits_charged"]).rename_columns(
        ["account", "job_id", "seen"]
    )


def _events(jobs: pa.RecordBatch) -> Iterator[pa.Table]:
    """The charges, then the refunds of some jobs."""
    upfront, basis = _upfront(jobs)
    facts = [jobs[name] for name in ("account", "job_id", "list_name")]
    charged_at = pc.coalesce(jobs["credits_charged_at"], jobs["created_at"])
    refunded_at = pc.coalesce(
        jobs["completed_at"], jobs["changed_at"], jobs["credits_charged_at"], jobs["created_at"]
    )
    total: Any = jobs["total_records"]
    refunded = pc.if_else(
        pc.equal(jobs["status"], pa.scalar("Failed")), total, pc.subtract(total, jobs["valid_count"])
    )
    for event, at, credits, records in (
        ("charge", charged_at, upfront, total),
        ("refund", refunded_at, pc.subtract(jobs["total_credits_charged"], upfront), refunded),
    ):
        named = pa.repeat(event, len(jobs))
        rows: list[Any] = [*facts, named, at, credits, records, basis]
        table = pa.table(rows, names=list(CREDIT_EVENTS.names))
        kept = table.filter(pc.not_equal(table["credits"], _NOTHING))
        with fitting():
            yield kept.cast(CREDIT_EVENTS.frame_arrow)


def _upfront(jobs: pa.RecordBatch) -> tuple[Any, Any]:
    """What each job was charged at first, at least its net; and how that is known."""
    names = ("total_credits_charged", "seen", "is_final", "status", "total_records", "valid_count")
    charges = [_charge(*row) for row in zip(*(jobs[name].to_pylist() for name in names), strict=True)]
    with fitting():
        upfront = pa.array([charge for charge, _ in charges], schema.Kind.CREDITS.arrow)
    return upfront, pa.array([basis for _, basis in charges], pa.string())


def _charge(
    net: Decimal, seen: Decimal | None, is_final: bool, status: str, total: int | None, valid: int | None
) -> tuple[Decimal, str]:
    """A Valid address keeps its price and every other gets it back: so net / valid is the price of one."""
    if not is_final:
        return net, "observed"
    if seen is not None:
        return max(seen, net), "observed"
    if total is None:
        return net, "assumed"
    if status == "Processed" and valid is not None and valid > 0:
        share = _EXACT.divide(_EXACT.multiply(net, Decimal(total)), Decimal(valid))
        return max(share.quantize(_STEP, context=_EXACT), net), "derived"
    return max(Decimal(total), net), "assumed"
