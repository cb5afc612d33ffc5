"""The fixed schema: every table and column of ecore-export, declared once.

Arrow schemas, pandas dtypes, SQL tables, JSON Schema, DDL and the data dictionary all derive from the `Table`
objects below (`schema_export` writes what is written to files).

A change here is a change of what users see in their rows: it raises `SCHEMA_VERSION`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, partial
from typing import get_args

import pyarrow as pa

from .arguments import JobStatus, RecordStatus

SCHEMA_VERSION = 1

CREDIT_PRECISION, CREDIT_SCALE = 28, 6


class Kind(Enum):
    """The types a column can have; each destination maps these and no others."""

    TEXT = "text"
    INT64 = "int64"
    FLOAT64 = "double"
    BOOL = "bool"
    CREDITS = "decimal(28,6)"
    INSTANT = "timestamp[us, UTC]"
    DATE = "date"
    """In views only: a day as a time zone has it."""

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type that stores this kind exactly."""
        return _ARROW[self]


_ARROW: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INT64: pa.int64(),
    Kind.FLOAT64: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.CREDITS: pa.decimal128(CREDIT_PRECISION, CREDIT_SCALE),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.DATE: pa.date32(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``source``: the API field it comes from, where it comes from one; ``unit``: of a number."""

    name: str
    kind: Kind
    description: str
    required: bool = False
    source: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, its primary key and what one row is."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def arrow(self) -> pa.Schema:
        """The Arrow schema of published data: required columns are marked as not nullable."""
        return pa.schema([pa.field(c.name, c.kind.arrow, nullable=not c.required) for c in self.columns])

    @cached_property
    def frame_arrow(self) -> pa.Schema:
        """The Arrow schema of frames that were never published: the same types, all nullable."""
        return pa.schema([pa.field(c.name, c.kind.arrow) for c in self.columns])

    def column(self, name: str) -> Column:
        """The column of that name; raises `KeyError`."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def empty(self) -> pa.Table:
        """No rows, all columns."""
        return self.arrow.empty_table()


def _columns_of(kind: Kind) -> Callable[..., Column]:
    return lambda name, description, **more: Column(name, kind, description, **more)


_text, _int, _instant = _columns_of(Kind.TEXT), _columns_of(Kind.INT64), _columns_of(Kind.INSTANT)
_bool = _columns_of(Kind.BOOL)
_count = partial(_int, unit="records")

_ACCOUNT = _text("account", "Label of the eCore account, chosen by whoever exports.", required=True)
_JOB_ID = _int("job_id", "The job's primary key at eCore.", required=True, source="id")
_RUN_ID = _text("run_id", "The sync run that last changed this row.", required=True)

JOB_FACTS: tuple[Column, ...] = (
    _text("job_uuid", "The job's UUID4.", required=True, source="uuid"),
    _text(
        "list_name", "Label of the list; `API Upload` where an upload by API names none.", source="list_name"
    ),
    _text("status", "Uploading, Processing, Processed, Failed, or as given.", required=True, source="status"),
    _bool("is_final", "Whether the status is Processed or Failed.", required=True),
    _count("total_records", "Unique addresses in the job.", source="total_records"),
    _count("valid_count", "Records with status Valid.", source="valid_count"),
    _count("invalid_count", "Records with status Invalid.", source="invalid_count"),
    _count("unknown_count", "Records with status Unknown.", source="unknown_count"),
    _count("other_count", "total_records less the three counters: records that are Pending or Error."),
    _count("processed_count", "Records processed so far, from results_summary.", source="results_summary"),
    Column(
        "total_credits_charged",
        Kind.CREDITS,
        "Net charge after refunds for addresses that are not Valid.",
        source="total_credits_charged",
        unit="credits",
    ),
    _instant("credits_charged_at", "When the upfront charge was applied.", source="credits_charged_at"),
    _instant("created_at", "When the job was created.", required=True, source="created_at"),
    _instant("started_at", "When a worker picked the job up.", source="started_at"),
    _instant("completed_at", "When the job finished or failed.", source="completed_at"),
    _text("duration", "Rounded text for people, as given, such as `1m 16s`.", source="duration"),
    _text("results_summary", "`processed/total`, as given, such as `250/250`.", source="results_summary"),
    Column("queue_seconds", Kind.FLOAT64, "From created_at to started_at.", unit="s"),
    Column("processing_seconds", Kind.FLOAT64, "From started_at to completed_at.", unit="s"),
)
"""The business columns: what the API says of a job, and what follows from it. Shared with job_history."""

_DELETED_AT = _instant("deleted_at", "When the job was found to be gone (404); null while it exists.")

JOBS = Table(
    "jobs",
    "The latest known state of each job.",
    ("account", "job_id"),
    (
        _ACCOUNT,
        _JOB_ID,
        *JOB_FACTS,
        _count("records_exported", "Rows of this job in `records`; null until its records are exported."),
        _bool("is_reconciled", "Whether the exported records agree with the counters; null until exported."),
        _instant("first_seen_at", "When a run first saw the job.", required=True),
        _instant(
            "changed_at",
            "When a run last saw something of the above, up to processing_seconds, change.",
            required=True,
        ),
        _instant("checked_at", "When the row was last written after a look at the API.", required=True),
        _DELETED_AT,
        _RUN_ID,
    ),
)

JOB_HISTORY = Table(
    "job_history",
    "One row per observed change of a job.",
    ("account", "job_id", "valid_from"),
    (
        _ACCOUNT,
        _JOB_ID,
        _instant("valid_from", "When this state was read.", required=True),
        _instant("valid_to", "When the next state was read; null for the current one."),
        *JOB_FACTS,
        _DELETED_AT,
        _text("run_id", "The sync run that observed this state.", required=True),
    ),
)

RECORDS = Table(
    "records",
    "One row per address of a final job.",
    ("account", "job_id", "record_id"),
    (
        _ACCOUNT,
        _JOB_ID,
        _int("record_id", "The record's primary key at eCore.", required=True, source="id"),
        _text("ec_id", "The caller's own identifier, from the uploaded file's ec_id column.", source="ec_id"),
        _text("email", "The address; null in the privacy modes hash and drop.", source="email"),
        _text("email_hash", "Keyed hash of the address (HMAC-SHA256, hex); only in the privacy mode hash."),
        _text("email_domain", "What follows the last @ of the address, in lower case."),
        _text(
            "status",
            "Pending, Valid, Invalid, Unknown or Error; an open set, unknown values are kept.",
            required=True,
            source="status",
        ),
        _text(
            "validator_used",
            "The stage of the validation cascade that gave the final answer; an open set.",
            source="validator_used",
        ),
        _bool("is_cached", "Answered from the validator's 30-day cache.", source="is_cached"),
        _text("error_message", "Why the record is in Error.", source="error_message"),
        _instant("processed_at", "When the final status came.", source="processed_at"),
        _instant(
            "job_created_at", "created_at of the job, so that records can be cut by time.", required=True
        ),
        _RUN_ID,
    ),
)

SYNC_RUNS = Table(
    "sync_runs",
    "One row per sync run.",
    ("run_id",),
    (
        _text("run_id", "UUIDv7 of the run: sorts by start.", required=True),
        _instant("started_at", "When the run began.", required=True),
        _instant("finished_at", "When it ended; null while it runs, or if it was killed."),
        _text("status", "running (at work, or killed), complete, partial, stopped or failed.", required=True),
        _ACCOUNT,
        _int("jobs_seen", "Jobs read from the API.", unit="jobs"),
        _int("jobs_exported", "Jobs whose records were published.", unit="jobs"),
        _int("jobs_changed", "Jobs that were new or had changed.", unit="jobs"),
        _int("jobs_rejected", "Jobs that went to rejects.", unit="jobs"),
        _count("records_written", "Rows published to records."),
        _int("requests", "HTTP requests sent, retries included.", unit="requests"),
        _int("retries", "Requests sent again after a fault.", unit="requests"),
        _int("bytes_received", "Body bytes received.", unit="bytes"),
        _text("drift", "What the API sent that its reference does not know, as JSON; null if nothing."),
        _text("error", "Why the run did not complete; null if it did."),
        _text("version", "Version of ecore-export.", required=True),
        _text("destination", "The destination's URL, without secrets.", required=True),
    ),
)

REJECTS = Table(
    "rejects",
    "What could not be accepted: one row per kind of fault, with an example.",
    ("account", "job_id", "record_id", "reason"),
    (
        _ACCOUNT,
        _int("job_id", "The job; 0 when even its id could not be read.", required=True),
        _int("record_id", "The example's record; 0 when it concerns the whole job.", required=True),
        _text("reason", "Which field, and the kind of value found instead.", required=True),
        _int("occurrences", "How often this was found in the job.", unit="items"),
        _text("raw", "An example as ASCII-escaped JSON, at most 64 KiB; obeys the privacy mode."),
        _instant("rejected_at", "When this was first found.", required=True),
        _instant("resolved_at", "When the job was taken in after all; null while open."),
        _text("run_id", "The run that last found it.", required=True),
    ),
)

LIST_GROUPS = Table(
    "list_groups",
    "One row per list name that `ecore-export sync --group` applied its rule to. A list without a row is its "
    "own group: any without a rule, and names of over 255 characters or with an address in them.",
    ("account", "list_name"),
    (
        _ACCOUNT,
        _text("list_name", "The list's name, as in jobs.", required=True),
        _text("list_group", "The name that all lists of its group have in common.", required=True),
    ),
)

META = Table(
    "ecore_meta",
    "What the destination knows of itself: schema version, privacy mode, key fingerprint.",
    ("name",),
    (_text("name", "Name of the entry.", required=True), _text("value", "Its value.")),
)

SUPPRESSIONS = Table(
    "ecore_suppressions",
    "Hashes of erased addresses, which later syncs keep out.",
    ("email_hash",),
    (
        _text("email_hash", "Hash of the erased address.", required=True),
        _instant("suppressed_at", "When it was erased.", required=True),
    ),
)

DATA_TABLES = (JOBS, JOB_HISTORY, RECORDS, SYNC_RUNS, REJECTS, LIST_GROUPS)
"""The tables users query."""

ALL_TABLES = (*DATA_TABLES, META, SUPPRESSIONS)
"""Every table of an SQL destination."""

FINAL_STATUSES = ("Processed", "Failed")
"""Job statuses after which nothing changes any more (API reference, Job status)."""

JOB_STATUSES: tuple[str, ...] = get_args(JobStatus)
RECORD_STATUSES: tuple[str, ...] = get_args(RecordStatus)
