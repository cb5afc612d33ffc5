"""The fixed schema holds together, and is the one users were promised: a change here changes their rows."""

from __future__ import annotations

import pyarrow as pa
import pytest

from ecore_export import schema
from ecore_export.schema import Kind

JOB_FACTS = [
    "job_uuid",
    "list_name",
    "status",
    "is_final",
    "total_records",
    "valid_count",
    "invalid_count",
    "unknown_count",
    "other_count",
    "processed_count",
    "total_credits_charged",
    "credits_charged_at",
    "created_at",
    "started_at",
    "completed_at",
    "duration",
    "results_summary",
    "queue_seconds",
    "processing_seconds",
]

PROMISED_COLUMNS = {
    "jobs": [
        "account",
        "job_id",
        *JOB_FACTS,
        "records_exported",
        "is_reconciled",
        "first_seen_at",
        "changed_at",
        "checked_at",
        "deleted_at",
        "run_id",
    ],
    "job_history": ["account", "job_id", "valid_from", "valid_to", *JOB_FACTS, "deleted_at", "run_id"],
    "records": [
        "account",
        "job_id",
        "record_id",
        "ec_id",
        "email",
        "email_hash",
        "email_domain",
        "status",
        "validator_used",
        "is_cached",
        "error_message",
        "processed_at",
        "job_created_at",
        "run_id",
    ],
    "sync_runs": [
        "run_id",
        "started_at",
        "finished_at",
        "status",
        "account",
        "jobs_seen",
        "jobs_exported",
        "jobs_changed",
        "jobs_rejected",
        "records_written",
        "requests",
        "retries",
        "bytes_received",
        "drift",
        "error",
        "version",
        "destination",
    ],
    "rejects": [
        "account",
        "job_id",
        "record_id",
        "reason",
        "occurrences",
        "raw",
        "rejected_at",
        "resolved_at",
        "run_id",
    ],
    "list_groups": ["account", "list_name", "list_group"],
    "ecore_meta": ["name", "value"],
    "ecore_suppressions": ["email_hash", "suppressed_at"],
}

PROMISED_KEYS = {
    "jobs": ("account", "job_id"),
    "job_history": ("account", "job_id", "valid_from"),
    "records": ("account", "job_id", "record_id"),
    "sync_runs": ("run_id",),
    "rejects": ("account", "job_id", "record_id", "reason"),
    "list_groups": ("account", "list_name"),
    "ecore_meta": ("name",),
    "ecore_suppressions": ("email_hash",),
}

PROMISED_REQUIRED = {
    "jobs": {
        "account",
        "job_id",
        "status",
        "is_final",
        "created_at",
        "first_seen_at",
        "changed_at",
        "checked_at",
        "run_id",
    },
    "records": {"account", "job_id", "record_id", "status", "job_created_at", "run_id"},
    "sync_runs": {"run_id", "started_at", "status", "account", "version", "destination"},
    "list_groups": {"account", "list_name", "list_group"},
}

PROMISED_KINDS = {
    Kind.TEXT: {"account", "job_uuid", "list_name", "status", "duration", "results_summary", "run_id"},
    Kind.BOOL: {"is_final", "is_reconciled"},
    Kind.CREDITS: {"total_credits_charged"},
    Kind.FLOAT64: {"queue_seconds", "processing_seconds"},
    Kind.INT64: {
        "job_id",
        "total_records",
        "valid_count",
        "invalid_count",
        "unknown_count",
        "other_count",
        "processed_count",
        "records_exported",
    },
}

every_table = pytest.mark.parametrize("table", schema.ALL_TABLES, ids=lambda table: table.name)


def test_the_schema_version_is_1():
    assert schema.SCHEMA_VERSION == 1


def test_every_table_has_exactly_the_promised_columns_in_order():
    assert {table.name: list(table.names) for table in schema.ALL_TABLES} == PROMISED_COLUMNS


def test_every_table_has_the_promised_key():
    assert {table.name: table.key for table in schema.ALL_TABLES} == PROMISED_KEYS


@pytest.mark.parametrize("name", PROMISED_REQUIRED)
def test_columns_promised_as_not_null_are_required(name):
    table = next(table for table in schema.ALL_TABLES if table.name == name)
    assert {column.name for column in table.columns if column.required} >= PROMISED_REQUIRED[name]


def test_the_columns_of_jobs_have_the_promised_kinds_and_what_ends_in_at_is_an_instant():
    instants = {name for name in schema.JOBS.names if name.endswith("_at")}
    found = {kind: {c.name for c in schema.JOBS.columns if c.kind is kind} for kind in Kind}
    assert found == {**PROMISED_KINDS, Kind.INSTANT: instants, Kind.DATE: set()}


def test_the_arrow_types_are_exact():
    assert {kind: kind.arrow for kind in Kind} == {
        Kind.TEXT: pa.string(),
        Kind.INT64: pa.int64(),
        Kind.FLOAT64: pa.float64(),
        Kind.BOOL: pa.bool_(),
        Kind.CREDITS: pa.decimal128(28, 6),
        Kind.INSTANT: pa.timestamp("us", tz="UTC"),
        Kind.DATE: pa.date32(),
    }


@every_table
def test_column_names_are_unique_and_usable_in_sql_as_they_are(table):
    assert len(set(table.names)) == len(table.names)
    assert all(name.isidentifier() and name == name.lower() for name in (table.name, *table.names))


@every_table
def test_a_key_consists_of_required_columns(table):
    assert table.key
    assert len(set(table.key)) == len(table.key)
    assert all(table.column(name).required for name in table.key)


@every_table
def test_every_table_and_column_says_in_a_sentence_what_it_is(table):
    for text in (table.description, *(column.description for column in table.columns)):
        assert text.strip() == text
        assert text.endswith(".")


@every_table
def test_arrow_marks_required_columns_and_frames_take_nulls_everywhere(table):
    required = [column.required for column in table.columns]
    assert [not field.nullable for field in table.arrow] == required
    assert all(field.nullable for field in table.frame_arrow)
    assert table.arrow.types == table.frame_arrow.types == [column.kind.arrow for column in table.columns]


@every_table
def test_an_empty_table_has_all_columns(table):
    assert table.empty().num_rows == 0
    assert table.empty().schema.equals(table.arrow)


def test_an_unknown_column_is_a_key_error():
    with pytest.raises(KeyError):
        schema.JOBS.column("no_such_column")


def test_a_jobs_row_and_its_history_share_every_business_column():
    for fact in schema.JOB_FACTS:
        assert schema.JOBS.column(fact.name) == schema.JOB_HISTORY.column(fact.name) == fact


def test_final_statuses_are_job_statuses():
    assert set(schema.FINAL_STATUSES) < set(schema.JOB_STATUSES)
