"""Bodies become rows of the fixed schema, exactly; what does not fit is explained and never nulled."""

import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scripted_api import job_json, page_json, record_json

from ecore_export.api.columns import JOB_FACTS_ARROW, RECORD_ROWS_ARROW
from ecore_export.api.decode import AnotherJobError, Decoder
from ecore_export.api.exact import parse_exact
from ecore_export.api.fields import UnusualError
from ecore_export.errors import MalformedBodyError, PayloadError
from ecore_export.privacy import Privacy

EXAMPLE = b"""
{"id": 42, "uuid": "f8a1c3e5-9b2d-4e6f-a8c1-0d3e5f7a9b2d", "list_name": "Q1 Leads", "status": "Processed",
 "total_records": 250, "valid_count": 178, "invalid_count": 49, "unknown_count": 23,
 "total_credits_charged": 178.0, "credits_charged_at": "2026-05-06T11:42:08.913Z",
 "created_at": "2026-05-06T11:41:55.001Z", "started_at": "2026-05-06T11:42:01.220Z",
 "completed_at": "2026-05-06T11:43:17.880Z", "duration": "1m 16s", "results_summary": "250/250",
 "records": [{"id": 9881, "ec_id": null, "email": "jane@acme.com", "status": "Valid",
              "validator_used": "ZeroBounce", "is_cached": false, "error_message": null,
              "processed_at": "2026-05-06T11:42:31.412Z"}]}
"""


patient = hypothesis_settings(deadline=None)
UNKNOWN = {"surprise": [1, {"a": None}]}


def body(payload):
    return json.dumps(payload).encode()


def jobs_of(*jobs, decoder=None):
    return (decoder or Decoder()).jobs_page(body(page_json(list(jobs))))


def records_of(*records, decoder=None):
    return (decoder or Decoder()).records_page(7, body(page_json(list(records))))


def job_row(**changes):
    page = jobs_of(job_json(42, 5, **changes))
    assert page.faults == ()
    return page.jobs.to_pylist()[0]


def record_row(**changes):
    page = records_of(record_json(9, **changes))
    assert page.faults == ()
    return page.rows.to_pylist()[0]


def raw_number(field, literal, payload):
    """A page of this one item whose field holds a literal that `json` would not write."""
    text = json.dumps(page_json([{**payload, field: "@@"}])).replace('"@@"', literal)
    return text.encode()


def status_of(payload, decoder=None):
    decoder = decoder or Decoder()
    return decoder.statuses([decoder.status_body(payload.get("id", 0), body(payload))])


# --- what the reference shows -----------------------------------------------------------------------------


def at(text):
    return datetime.fromisoformat(text)


def test_the_example_of_the_reference_is_read_exactly():
    decoder = Decoder()
    statuses = decoder.statuses([decoder.status_body(42, EXAMPLE)])
    assert statuses.jobs.schema == JOB_FACTS_ARROW
    assert statuses.rows.schema == RECORD_ROWS_ARROW
    assert statuses.jobs.to_pylist() == [
        {
            "job_id": 42,
            "job_uuid": "f8a1c3e5-9b2d-4e6f-a8c1-0d3e5f7a9b2d",
            "list_name": "Q1 Leads",
            "status": "Processed",
            "is_final": True,
            "total_records": 250,
            "valid_count": 178,
            "invalid_count": 49,
            "unknown_count": 23,
            "other_count": 0,
            "processed_count": 250,
            "total_credits_charged": Decimal("178.000000"),
            "credits_charged_at": at("2026-05-06T11:42:08.913Z"),
            "created_at": at("2026-05-06T11:41:55.001Z"),
            "started_at": at("2026-05-06T11:42:01.220Z"),
            "completed_at": at("2026-05-06T11:43:17.880Z"),
            "duration": "1m 16s",
            "results_summary": "250/250",
            "queue_seconds": 6.219,
            "processing_seconds": 76.66,
        }
    ]
    assert statuses.rows.to_pylist() == [
        {
            "record_id": 9881,
            "ec_id": None,
            "email": "jane@acme.com",
            "email_hash": None,
            "email_domain": "acme.com",
            "status": "Valid",
            "validator_used": "ZeroBounce",
            "is_cached": False,
            "error_message": None,
            "processed_at": at("2026-05-06T11:42:31.412Z"),
        }
    ]
    assert (statuses.lengths, statuses.faults, decoder.drift.notes()) == ((1,), (), {})


def test_pages_carry_the_envelope_s_figures():
    envelope = page_json([job_json(1), job_json(2)], count=12_345, number=3, pages=124)
    page = Decoder().jobs_page(body(envelope))
    assert (page.count, page.total_pages, page.jobs.num_rows) == (12_345, 124, 2)


def test_a_download_is_all_records_in_one_array():
    page = Decoder().download(7, body([record_json(1), record_json(2)]))
    assert (page.count, page.rows.column("record_id").to_pylist(), page.faults) == (2, [1, 2], ())


@pytest.mark.parametrize("page", [Decoder().jobs_page, lambda b: Decoder().records_page(1, b)])
def test_an_empty_page_has_the_schema_of_a_full_one(page):
    got = page(body(page_json([])))
    rows = getattr(got, "rows", None) or getattr(got, "jobs", None)
    assert rows is None or rows.num_rows == 0
    assert got.count == 0


# --- quick way and slow way -------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
counts = st.integers(0, 2**60)
ids = st.integers(-(2**63), 2**63 - 1)
offsets = st.sampled_from(["Z", "+00:00", "-00:00", "+05:30", "-0800", "+14:00"])
moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29))  # noqa: DTZ001
instants = st.builds(
    lambda moment, offset, unit: moment.isoformat(timespec=unit) + offset,
    moments,
    offsets,
    st.sampled_from(["seconds", "milliseconds", "microseconds"]),
)
credit_numbers = st.one_of(
    st.integers(-(10**22) + 1, 10**22 - 1), st.floats(-1e20, 1e20, allow_nan=False), st.just(178.0)
)
record_payloads = st.fixed_dictionaries(
    {
        "id": ids,
        "ec_id": st.none() | texts,
        "email": texts | st.just("a@b@Example.COM"),
        "status": texts | st.sampled_from(["Pending", "Valid", "Invalid", "Unknown", "Error"]),
        "validator_used": st.none() | texts,
        "is_cached": st.booleans(),
        "error_message": st.none() | texts,
        "processed_at": st.none() | instants,
    }
)
job_payloads = st.fixed_dictionaries(
    {
        "id": ids,
        "uuid": texts,
        "list_name": st.none() | texts,
        "status": texts | st.sampled_from(["Uploading", "Processing", "Processed", "Failed"]),
        "total_records": counts,
        "valid_count": counts,
        "invalid_count": counts,
        "unknown_count": counts,
        "total_credits_charged": credit_numbers,
        "credits_charged_at": st.none() | instants,
        "created_at": instants,
        "started_at": st.none() | instants,
        "completed_at": st.none() | instants,
        "duration": st.none() | texts,
        "results_summary": st.none() | texts | st.just("250/250"),
    }
)


def same_but_for_unknown_fields(quick, slow):
    known = {note: n for note, n in slow.drift.notes().items() if "surprise" not in note}
    return known == quick.drift.notes()


@patient
@given(st.lists(job_payloads, max_size=4))
def test_the_slow_way_reads_jobs_as_the_quick_way_does(jobs):
    quick, slow = Decoder(), Decoder()
    page = jobs_of(*jobs, decoder=quick)
    explained = jobs_of(*(job | UNKNOWN for job in jobs), decoder=slow)
    assert page.faults == explained.faults == ()
    assert page.jobs.equals(explained.jobs)
    assert same_but_for_unknown_fields(quick, slow)
    assert page.jobs.column("job_id").to_pylist() == [job["id"] for job in jobs]
    for row, job in zip(page.jobs.to_pylist(), jobs, strict=True):
        assert row["created_at"] == at(job["created_at"].replace("-0800", "-08:00"))
        assert row["list_name"] == job["list_name"]
        exact = Decimal(repr(job["total_credits_charged"]))
        assert abs(row["total_credits_charged"] - exact) <= Decimal("0.0000005")


@patient
@given(st.lists(record_payloads, max_size=4))
def test_the_slow_way_reads_records_as_the_quick_way_does(records):
    quick, slow = Decoder(), Decoder()
    page = records_of(*records, decoder=quick)
    explained = records_of(*(record | UNKNOWN for record in records), decoder=slow)
    assert page.faults == explained.faults == ()
    assert page.rows.equals(explained.rows)
    assert same_but_for_unknown_fields(quick, slow)
    for row, record in zip(page.rows.to_pylist(), records, strict=True):
        same = ("ec_id", "email", "status", "validator_used", "is_cached", "error_message")
        assert {name: row[name] for name in same} == {name: record[name] for name in same}


odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.floats(),
    st.text(max_size=8),
    instants,
    st.text("0123456789-:TZ+. ", max_size=30),
    st.just([]),
    st.just({}),
)


@patient
@given(job_payloads, st.sampled_from(sorted(job_json(1))), odd_values)
@example(job_json(1), "created_at", "0000-01-01T00:00:00Z")
@example(job_json(1), "created_at", "9999-12-31T23:59:59-05:00")
@example(job_json(1), "started_at", "0001-01-01T00:00:00+05:00")
@example(job_json(1), "total_credits_charged", 9999999999999999999999.9999999)
def test_both_ways_refuse_the_same_jobs(job, name, value):
    job = {**job, name: value}
    quick = Decoder().jobs_page(body(page_json([job])))
    slow = jobs_of(job | UNKNOWN)
    assert [fault.reason for fault in quick.faults] == [fault.reason for fault in slow.faults]
    assert quick.jobs.equals(slow.jobs)
    quick.jobs.to_pylist()


@patient
@given(record_payloads, st.sampled_from(sorted(record_json(1))), odd_values)
@example(record_json(1), "processed_at", "0000-12-31T00:00:00Z")
def test_both_ways_refuse_the_same_records(record, name, value):
    record = {**record, name: value}
    quick = Decoder().records_page(7, body(page_json([record])))
    slow = records_of(record | UNKNOWN)
    assert [fault.reason for fault in quick.faults] == [fault.reason for fault in slow.faults]
    assert quick.rows.equals(slow.rows)
    quick.rows.to_pylist()


@patient
@given(st.lists(record_payloads, max_size=30), st.lists(st.integers(0, 30), max_size=6))
def test_any_split_into_pages_gives_the_same_table(records, cuts):
    whole = records_of(*records).rows
    bounds = [0, *sorted(min(cut, len(records)) for cut in cuts), len(records)]
    decoder = Decoder()
    pages = [records_of(*records[start:stop], decoder=decoder).rows for start, stop in pairwise(bounds)]
    assert pa.Table.from_batches(pages).equals(pa.Table.from_batches([whole]))


@patient
@given(st.lists(st.tuples(job_payloads, st.lists(record_payloads, max_size=3)), max_size=5))
def test_many_statuses_at_once_are_read_as_one_by_one(jobs):
    decoder = Decoder()
    bodies = [decoder.status_body(job["id"], body(job | {"records": found})) for job, found in jobs]
    together = decoder.statuses(bodies)
    alone = [decoder.statuses([each]) for each in bodies]
    assert together.lengths == tuple(len(found) for _, found in jobs)
    assert together.jobs.to_pylist() == [row for each in alone for row in each.jobs.to_pylist()]
    assert together.rows.to_pylist() == [row for each in alone for row in each.rows.to_pylist()]


# --- faults -----------------------------------------------------------------------------------------------

SECRET = "jane.roe@example.org"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("id", "42", "expected integer, got string"),
        ("id", 4.0, "expected integer, got number"),
        ("id", True, "expected integer, got boolean"),
        ("id", None, "expected integer, got null"),
        ("id", 2**63, "expected a 64-bit integer, got a larger one"),
        ("id", 10**400, "expected a 64-bit integer, got a larger one"),
        ("uuid", None, "expected string, got null"),
        ("uuid", 5, "expected string, got number"),
        ("list_name", [SECRET], "expected string, got array"),
        ("list_name", "\ud83d", "expected Unicode text, got a lone surrogate"),
        ("status", None, "expected string, got null"),
        ("status", {"a": SECRET}, "expected string, got object"),
        ("total_records", -1, "expected a count, got a negative or absurdly large integer"),
        ("total_records", 2**62, "expected a count, got a negative or absurdly large integer"),
        ("valid_count", "178", "expected integer, got string"),
        ("invalid_count", None, "expected integer, got null"),
        ("unknown_count", 1.5, "expected integer, got number"),
        ("total_credits_charged", "178.0", "expected number, got string"),
        ("total_credits_charged", None, "expected number, got null"),
        ("total_credits_charged", True, "expected number, got boolean"),
        ("total_credits_charged", 10**22, "expected at most 22 integer digits, got more"),
        ("total_credits_charged", -1e300, "expected at most 22 integer digits, got more"),
        ("credits_charged_at", 1778067715, "expected date and time, got number"),
        ("created_at", None, "expected date and time, got null"),
        ("created_at", "", "expected an ISO 8601 date and time, got text that is none"),
        ("created_at", SECRET, "expected an ISO 8601 date and time, got text that is none"),
        ("created_at", "2026-02-30T00:00:00Z", "expected an ISO 8601 date and time, got text that is none"),
        ("created_at", "0000-01-01T00:00:00Z", "expected an ISO 8601 date and time, got text that is none"),
        (
            "created_at",
            "9999-12-31T23:59:59-05:00",
            "expected an ISO 8601 date and time, got text that is none",
        ),
        (
            "created_at",
            "2026-05-06T11:41:55",
            "expected an offset from UTC, got a date and time without one",
        ),
        ("started_at", "2026-05-06", "expected an offset from UTC, got a date and time without one"),
        ("completed_at", False, "expected date and time, got boolean"),
        ("duration", 76, "expected string, got number"),
        ("results_summary", ["250/250"], "expected string, got array"),
    ],
)
def test_a_faulty_job_is_named_and_the_others_are_read(name, value, reason):
    page = jobs_of(job_json(1), job_json(42, **{name: value}), job_json(3))
    (fault,) = page.faults
    assert fault.reason == f"job.{name}: {reason}"
    assert fault.job_id == (0 if name == "id" else 42)
    assert SECRET not in fault.reason
    assert fault.raw.isascii()
    assert page.jobs.column("job_id").to_pylist() == [1, 3]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("id", "9", "expected integer, got string"),
        ("ec_id", 5, "expected string, got number"),
        ("email", None, "expected string, got null"),
        ("email", "\udc00@example.com", "expected Unicode text, got a lone surrogate"),
        ("status", None, "expected string, got null"),
        ("validator_used", True, "expected string, got boolean"),
        ("is_cached", 0, "expected boolean, got number"),
        ("is_cached", None, "expected boolean, got null"),
        ("is_cached", "false", "expected boolean, got string"),
        ("error_message", {"email": SECRET}, "expected string, got object"),
        (
            "processed_at",
            "2026-05-06 11:41",
            "expected an offset from UTC, got a date and time without one",
        ),
        ("processed_at", "yesterday", "expected an ISO 8601 date and time, got text that is none"),
    ],
)
def test_a_faulty_record_is_named_and_the_others_are_read(name, value, reason):
    page = records_of(record_json(1), record_json(9, **{name: value}), record_json(3))
    (fault,) = page.faults
    assert fault.reason == f"record.{name}: {reason}"
    assert (fault.job_id, fault.record_id) == (7, 0 if name == "id" else 9)
    assert page.rows.column("record_id").to_pylist() == [1, 3]
    assert page.count == 3


@pytest.mark.parametrize("name", sorted(job_json(1)))
def test_a_promised_job_field_that_is_missing_is_a_fault(name):
    job = job_json(42)
    del job[name]
    (fault,) = jobs_of(job).faults
    assert fault.reason == f"job.{name}: missing"


@pytest.mark.parametrize("name", sorted(record_json(1)))
def test_a_promised_record_field_that_is_missing_is_a_fault(name):
    record = record_json(9)
    del record[name]
    (fault,) = records_of(record).faults
    assert fault.reason == f"record.{name}: missing"


@pytest.mark.parametrize("item", [None, 5, "x", [], True])
def test_an_item_that_is_no_object_is_a_fault(item):
    jobs, records = jobs_of(item), records_of(item)
    assert jobs.faults[0].reason.startswith("job: expected object, got ")
    assert records.faults[0].reason.startswith("record: expected object, got ")
    assert (jobs.jobs.num_rows, records.rows.num_rows) == (0, 0)


def test_every_fault_of_an_item_is_told():
    (job,) = [job_json(42, uuid=None, status=5)]
    assert [f.reason for f in jobs_of(job).faults] == [
        "job.uuid: expected string, got null",
        "job.status: expected string, got number",
    ]


@pytest.mark.parametrize(
    ("literal", "reason"),
    [
        ("1e22", "expected at most 22 integer digits, got more"),
        ("9999999999999999999999.9999999", "expected at most 22 integer digits, got more"),
        ("1e999999999", "expected at most 22 integer digits, got more"),
        ("-1E+9999999999999999999999", "expected at most 22 integer digits, got more"),
        ("9" * 5000, "expected at most 22 integer digits, got more"),
    ],
    ids=["1e22", "rounds up", "huge exponent", "exponent beyond Decimal", "5000 digits"],
)
@pytest.mark.parametrize("extra", [{}, UNKNOWN], ids=["quick", "slow"])
def test_credits_beyond_the_schema_are_a_fault(literal, reason, extra):
    page = Decoder().jobs_page(raw_number("total_credits_charged", literal, job_json(42) | extra))
    assert [f.reason for f in page.faults] == [f"job.total_credits_charged: {reason}"]


@pytest.mark.parametrize("name", ["id", "total_records"])
def test_an_integer_too_long_for_python_is_a_fault_and_no_broken_body(name):
    page = Decoder().jobs_page(raw_number(name, "9" * 5000, job_json(42)))
    assert [f.reason.partition(":")[0] for f in page.faults] == [f"job.{name}"]


@pytest.mark.parametrize(
    ("literal", "value", "notes"),
    [
        ("178", "178.000000", 0),
        ("178.0", "178.000000", 0),
        ("1e15", "1000000000000000.000000", 0),
        ("1E+2", "100.000000", 0),
        ("9999999999999999999999.999999", "9999999999999999999999.999999", 0),
        ("-12.5", "-12.500000", 0),
        ("0e50", "0.000000", 0),
        ("0.1234565", "0.123456", 1),
        ("0.1234575", "0.123458", 1),
        ("0.12345650000000000000000000000000000000000001", "0.123457", 1),
        ("1e-7", "0.000000", 1),
        ("1e-999999999", "0.000000", 1),
        ("0.1000000000000000055511151231257827021181583404541015625", "0.100000", 1),
    ],
)
@pytest.mark.parametrize("extra", [{}, UNKNOWN], ids=["quick", "slow"])
def test_credits_are_exact_to_six_places_and_then_rounded_half_even(literal, value, notes, extra):
    decoder = Decoder()
    page = decoder.jobs_page(raw_number("total_credits_charged", literal, job_json(42) | extra))
    assert page.faults == ()
    (charged,) = page.jobs.column("total_credits_charged").to_pylist()
    assert str(charged) == value
    rounded = "job.total_credits_charged: more than 6 decimals, rounded half-even"
    assert decoder.drift.notes().get(rounded, 0) == notes


def test_the_example_in_a_fault_is_ascii_and_at_most_64_kib():
    (fault,) = records_of(record_json(9, email="é" * 100_000, is_cached=None)).faults
    assert fault.raw.isascii()
    assert len(fault.raw) == 64 * 1024


@pytest.mark.parametrize("change", [{"count": -1}, {"count": None}, {"results": {}}, {"total_pages": "3"}])
def test_a_page_that_is_none_is_a_payload_error(change):
    payload = body(page_json([job_json(1)]) | change)
    with pytest.raises(PayloadError, match=r"^page\."):
        Decoder().jobs_page(payload)
    with pytest.raises(PayloadError, match=r"^page\."):
        Decoder().records_page(1, payload)


@pytest.mark.parametrize("payload", [[], 5, None, "x", {"detail": "Not found."}])
def test_json_of_another_kind_is_a_payload_error(payload):
    with pytest.raises(PayloadError):
        Decoder().jobs_page(body(payload))
    if not isinstance(payload, list):
        with pytest.raises(PayloadError):
            Decoder().download(7, body(payload))


@pytest.mark.parametrize(
    "text", [b"", b"<html>", b'{"a": 1', b"NaN", b"Infinity", b"\xc3\x28", b"[" * 100_000, b"{'a': 1}"]
)
def test_a_body_that_is_no_json_is_malformed(text):
    decoder = Decoder()
    for read in (
        decoder.jobs_page,
        lambda b: decoder.records_page(1, b),
        lambda b: decoder.download(1, b),
        lambda b: decoder.status_body(1, b),
    ):
        with pytest.raises(MalformedBodyError):
            read(text)


# --- statuses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"records": None}, "job.records: expected array"),
        ({"status": 5}, "job.status: expected string, got number"),
        ({"records": [record_json(9, is_cached=1)]}, "record.is_cached: expected boolean, got number"),
    ],
)
def test_a_faulty_status_is_rejected_alone(change, reason):
    decoder = Decoder()
    payloads = [job_json(n) | {"records": [record_json(n)]} for n in (1, 2, 3)]
    payloads[1] |= change
    statuses = decoder.statuses([decoder.status_body(p["id"], body(p)) for p in payloads])
    assert statuses.jobs.column("job_id").to_pylist() == [1, 3]
    assert statuses.lengths == (1, 1)
    assert [(f.job_id, f.reason) for f in statuses.faults] == [(2, reason)]


def test_a_status_without_records_is_rejected():
    (fault,) = status_of(job_json(5)).faults
    assert fault.reason == "job.records: missing"


@pytest.mark.parametrize("extra", [{}, UNKNOWN], ids=["quick", "slow"])
def test_the_status_of_another_job_is_no_answer(extra):
    with pytest.raises(AnotherJobError):
        Decoder().status_body(41, body(json.loads(EXAMPLE) | extra))


@pytest.mark.parametrize("payload", [[], None, 5, "x"])
def test_a_status_that_is_no_object_is_rejected(payload):
    decoder = Decoder()
    (fault,) = decoder.statuses([decoder.status_body(3, body(payload))]).faults
    assert (fault.job_id, fault.reason.partition(",")[0]) == (3, "job: expected object")


# --- drift ------------------------------------------------------------------------------------------------


def test_an_unknown_field_is_reported_once_and_then_read_quickly(monkeypatch):
    decoder = Decoder()
    drifting = job_json(1, new_field=1), job_json(2, new_field=None)
    first = jobs_of(*drifting, decoder=decoder)
    assert decoder.drift.notes() == {"job.'new_field': unknown field": 2}
    monkeypatch.setattr("ecore_export.api.decode.parse_exact", None)
    assert jobs_of(*drifting, decoder=decoder).jobs.equals(first.jobs)
    assert decoder.drift.notes() == {"job.'new_field': unknown field": 2}


@pytest.mark.parametrize("name", ["new", "unknown_0", "with space", "Ünïcode", "", "id2", "class", "a.b"])
def test_any_name_of_an_unknown_field_is_let_through_from_then_on(name, monkeypatch):
    decoder = Decoder()
    envelope = page_json([record_json(1) | {name: 1}]) | {name: {}}
    status = job_json(4) | {"records": [record_json(1) | {name: 2}], name: []}
    for _ in range(2):
        assert decoder.records_page(7, body(envelope)).rows.num_rows == 1
        assert decoder.statuses([decoder.status_body(4, body(status))]).lengths == (1,)
        monkeypatch.setattr("ecore_export.api.decode.parse_exact", None)


@pytest.mark.parametrize("name", ["\ud800", "\0", "line\nbreak", 'quo"te', "back\\slash", "\u2028"])
def test_an_unknown_field_with_a_name_of_any_kind_is_drift_and_read(name):
    decoder = Decoder()
    for _ in range(2):
        page = records_of(record_json(1) | {name: 1}, decoder=decoder)
        assert (page.rows.num_rows, page.faults) == (1, ())
    assert len(decoder.drift.notes()) == 1


def test_answers_on_their_way_with_the_same_new_field_are_explained_once(monkeypatch):
    explained = []
    monkeypatch.setattr(
        "ecore_export.api.decode.parse_exact", lambda body: explained.append(body) or parse_exact(body)
    )
    decoder = Decoder()
    records = [record_json(1) | {"new": 1}]
    statuses = [body(job_json(job_id) | {"records": records, "other": 2}) for job_id in range(5)]
    bodies = [decoder.status_body(job_id, status) for job_id, status in enumerate(statuses)]
    assert decoder.statuses(bodies).lengths == (1,) * 5
    assert len(explained) == 1


def test_one_job_that_no_column_can_hold_does_not_keep_the_others(monkeypatch):
    explained = []
    monkeypatch.setattr(
        "ecore_export.api.decode.parse_exact", lambda body: explained.append(body) or parse_exact(body)
    )
    decoder = Decoder()
    jobs = [job_json(n) | {"records": [record_json(n)]} for n in range(5)]
    jobs[2]["created_at"] = "yesterday"
    statuses = decoder.statuses([decoder.status_body(n, body(job)) for n, job in enumerate(jobs)])
    assert statuses.jobs.column("job_id").to_pylist() == [0, 1, 3, 4]
    assert [fault.job_id for fault in statuses.faults] == [2]
    assert len(explained) == 1


def test_drift_never_shows_an_address():
    decoder = Decoder()
    records_of(record_json(1, status=SECRET) | {SECRET: 1}, decoder=decoder)
    assert len(decoder.drift.notes()) == 2
    assert SECRET not in str(decoder.drift.notes())


def test_a_list_that_shows_records_is_drift_and_read():
    decoder = Decoder()
    page = jobs_of(job_json(1) | {"records": []}, decoder=decoder)
    assert (page.jobs.num_rows, page.faults) == (1, ())


def test_unknown_statuses_are_kept_and_reported():
    decoder = Decoder()
    page = jobs_of(job_json(1, status="Paused"), decoder=decoder)
    rows = records_of(record_json(1, status="Spamtrap"), decoder=decoder).rows
    assert page.jobs.column("status").to_pylist() == ["Paused"]
    assert page.jobs.column("is_final").to_pylist() == [False]
    assert rows.column("status").to_pylist() == ["Spamtrap"]
    assert decoder.drift.notes() == {
        "job.status: unknown value 'Paused'": 1,
        "record.status: unknown value 'Spamtrap'": 1,
    }


@pytest.mark.parametrize("name", ["list_name", "credits_charged_at", "duration", "results_summary"])
def test_a_null_that_the_reference_does_not_promise_is_kept_and_reported(name):
    decoder = Decoder()
    page = jobs_of(job_json(1, **{name: None}), decoder=decoder)
    assert page.jobs.column(name).to_pylist() == [None]
    assert decoder.drift.notes() == {f"job.{name}: null, which the reference does not promise": 1}


@pytest.mark.parametrize("summary", ["", "250", "250/", "/250", "a/b", "-1/2", "1.0/2", "9" * 30 + "/1"])
def test_a_results_summary_of_another_form_is_kept_and_reported(summary):
    decoder = Decoder()
    (row,) = jobs_of(job_json(1, results_summary=summary), decoder=decoder).jobs.to_pylist()
    assert (row["results_summary"], row["processed_count"]) == (summary, None)
    assert decoder.drift.notes() == {"job.results_summary: not of the form processed/total": 1}


# --- instants ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-05-06T11:41:55Z", "2026-05-06T11:41:55Z"),
        ("2026-05-06T13:41:55.25+02:00", "2026-05-06T11:41:55.25Z"),
        ("2026-05-06T06:11:55-0530", "2026-05-06T11:41:55Z"),
        ("2026-05-06T11:41:55.123456Z", "2026-05-06T11:41:55.123456Z"),
        ("2026-05-06t11:41:55z", "2026-05-06T11:41:55Z"),
        ("2026-05-06 11:41:55+00", "2026-05-06T11:41:55Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_instants_are_utc_whatever_their_offset(text, utc):
    assert job_row(created_at=text)["created_at"] == at(utc)
    assert record_row(processed_at=text)["processed_at"] == at(utc)


def test_an_instant_finer_than_a_microsecond_is_cut_and_reported():
    decoder = Decoder()
    page = records_of(record_json(1, processed_at="2026-05-06T11:41:55.123456789Z"), decoder=decoder)
    assert page.rows.column("processed_at").to_pylist() == [at("2026-05-06T11:41:55.123456Z")]
    assert decoder.drift.notes() == {"record.processed_at: finer than a microsecond, cut": 1}


def test_trailing_zeros_are_no_loss():
    decoder = Decoder()
    page = records_of(record_json(1, processed_at="2026-05-06T11:41:55.123456000Z"), decoder=decoder)
    assert page.rows.column("processed_at").to_pylist() == [at("2026-05-06T11:41:55.123456Z")]
    assert decoder.drift.notes() == {}


@patient
@given(moments, moments)
def test_seconds_come_from_the_instants(created, started):
    created, started = created.replace(tzinfo=UTC), started.replace(tzinfo=UTC)
    row = job_row(created_at=created.isoformat(), started_at=started.isoformat(), completed_at=None)
    assert row["queue_seconds"] == (started - created) / timedelta(microseconds=1) / 1e6
    assert row["processing_seconds"] is None


# --- values that break things -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "a\0b", "\0", "👩‍👩‍👧 ‮ ﷽", "é", "e\u0301", "\u2028", '"\\\n', "x" * 10_000_000]
)
def test_text_is_kept_as_it_is(text):
    assert job_row(list_name=text)["list_name"] == text
    row = record_row(ec_id=text, error_message=text, validator_used=text)
    assert (row["ec_id"], row["error_message"], row["validator_used"]) == (text, text, text)


def test_empty_text_is_not_null():
    row = record_row(ec_id="", error_message=None)
    assert (row["ec_id"], row["error_message"]) == ("", None)


@pytest.mark.parametrize("value", [2**53 + 1, 2**63 - 1, -(2**63), 0])
def test_ids_are_exact_to_64_bits(value):
    page = records_of(record_json(value), decoder=Decoder())
    assert page.rows.column("record_id").to_pylist() == [value]
    assert jobs_of(job_json(1) | {"id": value}).jobs.column("job_id").to_pylist() == [value]


def test_other_count_may_be_negative():
    row = job_row(total_records=1, valid_count=2**60, invalid_count=2**60, unknown_count=2**60)
    assert row["other_count"] == 1 - 3 * 2**60


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("a@Example.COM", "example.com"),
        ("a@b@example.com", "example.com"),
        ('"a@b"@example.com', "example.com"),
        ("nobody", None),
        ("nobody@", None),
        ("@example.com", "example.com"),
        ("", None),
        ("a@BÜCHER.example", "bücher.example"),
    ],
)
def test_the_domain_is_what_follows_the_last_at(email, domain):
    assert record_row(email=email)["email_domain"] == domain


def test_a_faulty_page_of_a_thousand_records_is_explained_in_no_time():
    begun = time.process_time()
    page = records_of(*(record_json(n, is_cached=None) for n in range(1000)))
    assert len(page.faults) == 1000
    assert time.process_time() - begun < 5


# --- payloads that somebody else fetched ------------------------------------------------------------------


@pytest.mark.parametrize("form", [bytes, lambda b: b.decode(), json.loads], ids=["bytes", "text", "dict"])
def test_a_payload_is_read_in_any_form(form):
    statuses = Decoder().statuses_of(form(EXAMPLE))
    assert statuses.jobs.column("job_id").to_pylist() == [42]
    assert statuses.jobs.column("total_credits_charged").to_pylist() == [Decimal("178.000000")]
    assert statuses.faults == ()


def test_decimals_in_a_payload_are_exact():
    payload = json.loads(EXAMPLE, parse_float=Decimal) | {"total_credits_charged": Decimal("0.123456")}
    statuses = Decoder().statuses_of(payload)
    assert statuses.jobs.column("total_credits_charged").to_pylist() == [Decimal("0.123456")]


@pytest.mark.parametrize(
    "payload",
    [
        "no json",
        b"",
        b"\xff",
        "\ud800",
        [],
        {"id": object()},
        {"id": 10**30, "x": 10**5000},
        {1: 2},
        {"id": 42, "email": "\ud800"},
        None,
        5,
    ],
    ids=[
        "text",
        "empty",
        "no utf-8",
        "surrogate",
        "array",
        "object()",
        "huge",
        "int key",
        "surrogate value",
        "null",
        "number",
    ],
)
def test_what_is_no_payload_is_a_payload_error_or_a_fault(payload):
    try:
        statuses = Decoder().statuses_of(payload)
    except PayloadError:
        return
    assert statuses.faults


# --- nonsense: what JSON does not have, or parsers do not agree on ------------------------------------------

DEEP = "[" * 5_000 + "]" * 5_000
NONSENSE = [
    ("NaN", "NaN, which is not JSON"),
    ("-Infinity", "-Infinity, which is not JSON"),
    ("[[NaN]]", "NaN, which is not JSON"),
    (DEEP, "nested more than 100 levels deep"),
    ('{"a":' * 480 + "1" + "}" * 480, "nested more than 100 levels deep"),
]


def with_literal(payload, name, literal):
    """The body, with ``literal`` as the value of a field of its second item."""
    return json.dumps(payload).replace('"@@"', literal).encode()


@pytest.mark.parametrize(("literal", "what"), NONSENSE)
@pytest.mark.parametrize("name", ["status", "new"])
@pytest.mark.parametrize("is_new", [True, False], ids=["a new field", "a known field"])
def test_nonsense_is_the_fault_of_its_item_alone(name, literal, what, is_new):
    decoder = Decoder()
    if not is_new:
        decoder.jobs_page(body(page_json([job_json(1, new=1)])))
        decoder.records_page(7, body(page_json([record_json(1, new=1)])))
    jobs = page_json([job_json(1), job_json(42) | {name: "@@"}, job_json(3)])
    records = page_json([record_json(1), record_json(9) | {name: "@@"}, record_json(3)])
    page = decoder.jobs_page(with_literal(jobs, name, literal))
    rows = decoder.records_page(7, with_literal(records, name, literal))
    assert page.jobs.column("job_id").to_pylist() == [1, 3]
    assert rows.rows.column("record_id").to_pylist() == [1, 3]
    assert [(f.job_id, f.record_id) for f in (*page.faults, *rows.faults)] == [(42, 0), (7, 9)]
    if name == "new":
        assert [f.reason for f in (*page.faults, *rows.faults)] == [
            f"job.'new': {what}",
            f"record.'new': {what}",
        ]
    for fault in (*page.faults, *rows.faults):
        json.loads(fault.raw)
        assert Privacy("drop").raw(fault.raw)


@pytest.mark.parametrize("literal", ["NaN", DEEP])
def test_nonsense_in_a_status_or_a_download_is_the_fault_of_its_job(literal):
    status = job_json(4) | {"records": [record_json(1) | {"ec_id": "@@"}]}
    decoder = Decoder()
    good = decoder.status_body(5, body(job_json(5) | {"records": []}))
    statuses = decoder.statuses([decoder.status_body(4, with_literal(status, "", literal)), good])
    assert [fault.job_id for fault in statuses.faults] == [4]
    assert statuses.jobs.column("job_id").to_pylist() == [5]
    page = decoder.download(4, with_literal([record_json(1), record_json(2) | {"ec_id": "@@"}], "", literal))
    assert [fault.record_id for fault in page.faults] == [2]


def twice(text, key, value):
    """The JSON of an object, one key of which comes once more, at its end."""
    return text.rstrip()[:-1] + f", {json.dumps(key)}: {json.dumps(value)}}}"


@pytest.mark.parametrize("name", [*sorted(record_json(1)), "new"])
@pytest.mark.parametrize("before", [{}, {"new": 1}, UNKNOWN], ids=["plain", "a field let through", "unknown"])
def test_a_record_with_a_key_twice_is_refused_and_the_others_are_read(name, before):
    decoder = Decoder()
    records_of(record_json(1) | {"new": 1}, decoder=decoder)
    record = record_json(9) | before
    if name == "new":
        record |= {"new": 5}
    text = json.dumps(page_json(["@@", record_json(3) | before]))
    page = decoder.records_page(7, text.replace('"@@"', twice(json.dumps(record), name, None)).encode())
    shown = "'new'" if name == "new" else name
    assert [(f.record_id, f.reason) for f in page.faults] == [
        (0 if name == "id" else 9, f"record.{shown}: the key comes twice")
    ]
    assert page.rows.column("record_id").to_pylist() == [3]


@pytest.mark.parametrize("name", sorted(job_json(1)))
def test_a_job_with_a_key_twice_is_refused_in_the_list_and_in_its_status(name):
    job = twice(json.dumps(job_json(42) | {"records": []}), name, job_json(42)[name])
    listed = json.dumps(page_json([job_json(1), "@@"])).replace(
        '"@@"', twice(json.dumps(job_json(42)), name, 1)
    )
    page = Decoder().jobs_page(listed.encode())
    assert [f.reason for f in page.faults] == [f"job.{name}: the key comes twice"]
    assert page.jobs.num_rows == 1
    decoder = Decoder()
    statuses = decoder.statuses([decoder.status_body(42, job.encode())])
    assert [(f.job_id, f.reason) for f in statuses.faults] == [(42, f"job.{name}: the key comes twice")]


@pytest.mark.parametrize("name", ["count", "results", "next"])
def test_a_page_with_a_key_twice_is_none(name):
    page = page_json([record_json(1)])
    with pytest.raises(PayloadError, match=rf"^page\.{name}: the key comes twice"):
        Decoder().records_page(7, twice(json.dumps(page), name, page[name]).encode())


def test_an_escaped_key_is_the_same_key():
    text = json.dumps(page_json(["@@"])).replace(
        '"@@"', json.dumps(record_json(9))[:-1] + ', "em\\u0061il": "b@example.com"}'
    )
    page = Decoder().records_page(7, text.encode())
    assert [f.reason for f in page.faults] == ["record.email: the key comes twice"]


# --- what the quick way takes -------------------------------------------------------------------------------

USUAL = {
    "plain": {},
    "an escape": {"error_message": 'mailbox "full":\n\\ said "id": 5, {"email": [[}'},
    "beyond ASCII": {"email": "jürgen@BÜCHER.example", "error_message": "naïve ☃ 𝄞"},
    "six digits": {"processed_at": "2026-05-06T11:42:31.412345Z"},
    "a new field": {"new": 1.5},
    "a new field with keys of its own": {"new": {"id": 1, "email": {"id": [{"id": 2}]}, 'q"\\': None}},
    "a new field with text": {"new": 'ü "id": \\', "newer": []},
}


@pytest.mark.parametrize("change", USUAL.values(), ids=USUAL)
@pytest.mark.parametrize("is_ascii", [True, False])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_pages_like_people_s_data_are_read_the_quick_way(change, is_ascii, separators, monkeypatch):
    def text_of(payload):
        return json.dumps(payload, ensure_ascii=is_ascii, separators=separators).encode()

    decoder = Decoder()
    records = [record_json(1, **change), record_json(2), record_json(3, **change)]
    page = text_of(page_json(records))
    status = text_of(job_json(4, list_name='"id": ü', new={"id": 5}) | {"records": records})
    jobs = text_of(page_json([job_json(4, new={"records": []}), job_json(5)]) | {"new": {"count": 1}})

    def read():
        return (
            decoder.records_page(7, page).rows,
            decoder.download(7, text_of(records)).rows,
            decoder.statuses([decoder.status_body(4, status)]).rows,
            decoder.jobs_page(jobs).jobs,
        )

    first = read()
    monkeypatch.setattr("ecore_export.api.decode.parse_exact", None)
    again = read()
    assert all(one.equals(other) for one, other in zip(first, again, strict=True))
    assert first[0].equals(first[1])
    assert first[0].equals(first[2])
    assert first[0].column("email").to_pylist() == [record["email"] for record in records]


SNIPPETS = [b"", *(bytes([n]) for n in b'"\\{}[],:0- \xff\xc3\0'), b"null", b'"id":', b'"new":1,', b"NaN"]


@st.composite
def damaged(draw, bodies):
    """A body with some bytes of it replaced."""
    text = draw(bodies)
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(st.sampled_from(SNIPPETS)) + text[start + draw(st.integers(0, 4)) :]
    return text


def reading(read, text):
    """Everything that reading a body shows."""
    decoder = Decoder()
    records_of(record_json(1, new=1), decoder=decoder)
    try:
        page = read(decoder)(7, text)
    except (MalformedBodyError, PayloadError) as error:
        return type(error), str(error)
    notes = {note: n for note, n in decoder.drift.notes().items() if "unknown field" not in note}
    return page.rows.to_pylist(), page.faults, notes


@pytest.mark.thorough
@hypothesis_settings(deadline=None, max_examples=200)
@given(
    damaged(
        st.lists(record_payloads | record_payloads.map(lambda r: r | {"new": {"id": 1}}), max_size=3).map(
            body
        )
    ),
)
def test_a_damaged_body_is_the_same_both_ways(text):
    quick = reading(lambda decoder: decoder.download, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ecore_export.api.fields.Shape.decode", refused)
        assert quick == reading(lambda decoder: decoder.download, text)


def refused(_shape, _body):
    raise UnusualError
