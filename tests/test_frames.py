"""Arrow -> pandas -> Arrow: dtypes never change, values survive, memory stays bounded."""

from __future__ import annotations

import gc
import traceback
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peak_memory import run_script

from ecore_export import schema
from ecore_export.errors import SettingsError
from ecore_export.frames import from_frame, to_arrow, to_frame
from ecore_export.schema import Kind
from ecore_export.views.columns import VIEWS

NULLABLE_DTYPES = {
    Kind.TEXT: pd.StringDtype("pyarrow"),
    Kind.INT64: pd.Int64Dtype(),
    Kind.FLOAT64: pd.Float64Dtype(),
    Kind.BOOL: pd.BooleanDtype(),
    Kind.CREDITS: pd.Float64Dtype(),
    Kind.INSTANT: pd.DatetimeTZDtype("us", "UTC"),
    Kind.DATE: np.dtype("datetime64[us]"),
}
BACKENDS = ("numpy_nullable", "pyarrow")

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

INSTANTS = st.datetimes(min_value=datetime(1, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
VALUES = {
    Kind.TEXT: st.text(),
    Kind.INT64: st.integers(-(2**63), 2**63 - 1),
    Kind.FLOAT64: st.floats(allow_nan=False),
    Kind.BOOL: st.booleans(),
    # Float64 holds every decimal of 15 digits.
    Kind.CREDITS: st.integers(-(10**15) + 1, 10**15 - 1).map(lambda micro: Decimal(micro).scaleb(-6)),
    Kind.INSTANT: INSTANTS,
    Kind.DATE: st.dates(),
}


def jobs(rows: int, **columns: list[object]) -> pa.Table:
    """``rows`` rows of `schema.JOBS`, null except for ``columns``."""
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in schema.JOBS.frame_arrow
    ]
    return pa.Table.from_arrays(arrays, schema=schema.JOBS.frame_arrow)


def expected_dtypes(table: schema.Table, backend: str) -> list[object]:
    if backend == "pyarrow":
        return [pd.ArrowDtype(column.kind.arrow) for column in table.columns]
    return [NULLABLE_DTYPES[column.kind] for column in table.columns]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("table", [*schema.ALL_TABLES, *VIEWS], ids=lambda table: table.name)
def test_an_empty_frame_and_an_all_null_frame_have_the_declared_columns_and_dtypes(table, backend):
    without_chunks = pa.Table.from_batches([], schema=table.frame_arrow)
    nulls = pa.Table.from_arrays([pa.nulls(3, f.type) for f in table.frame_arrow], schema=table.frame_arrow)
    for rows in (table.empty(), without_chunks, nulls):
        frame = to_frame(rows, dtype_backend=backend)
        assert tuple(frame.columns) == table.names
        assert list(frame.dtypes) == expected_dtypes(table, backend)
        assert len(frame) == rows.num_rows
        assert bool(frame.isna().all(axis=None))


def test_the_default_dtypes_are_named_as_documented():
    dtypes = to_frame(schema.JOBS.empty()).dtypes.astype(str)
    assert dtypes["job_id"] == "Int64"
    assert dtypes["is_final"] == "boolean"
    assert dtypes["list_name"] == "string"
    assert dtypes["queue_seconds"] == dtypes["total_credits_charged"] == "Float64"
    assert dtypes["created_at"] == "datetime64[us, UTC]"


def test_the_pyarrow_backend_keeps_credits_as_decimals_and_instants_in_utc():
    dtypes = to_frame(schema.JOBS.empty(), dtype_backend="pyarrow").dtypes
    assert dtypes["total_credits_charged"].pyarrow_dtype == pa.decimal128(28, 6)
    assert dtypes["created_at"].pyarrow_dtype == pa.timestamp("us", tz="UTC")


@pytest.mark.parametrize("backend", BACKENDS)
def test_integers_beyond_2_to_the_53_survive_beside_nulls(backend):
    wanted = [2**53 + 1, None, -(2**63), 2**63 - 1]
    frame = to_frame(jobs(4, job_id=wanted), dtype_backend=backend)
    assert [None if value is pd.NA else int(value) for value in frame["job_id"]] == wanted


@pytest.mark.parametrize("backend", BACKENDS)
def test_instants_from_year_1_to_9999_survive(backend):
    frame = to_frame(jobs(3, created_at=[FIRST, None, LAST]), dtype_backend=backend)
    first, missing, last = frame["created_at"]
    assert (first, last) == (FIRST, LAST)
    assert missing is (pd.NaT if backend == "numpy_nullable" else pd.NA)


def test_credits_divide_accumulate_and_average_in_the_default_frame():
    charged = to_frame(jobs(3, total_credits_charged=[Decimal("178"), None, Decimal("0.5")]))
    credits = charged["total_credits_charged"]
    assert list((credits / 2).dropna()) == [89.0, 0.25]
    assert list(credits.cumsum().dropna()) == [178.0, 178.5]
    assert credits.mean() == 89.25


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_cell_can_be_assigned_to(backend):
    row = {
        "job_id": 1,
        "list_name": "a",
        "is_final": True,
        "queue_seconds": 1.0,
        "total_credits_charged": Decimal(1),
        "created_at": LAST,
    }
    source = jobs(1, **{name: [value] for name, value in row.items()})
    frame = to_frame(source, dtype_backend=backend)
    for name in row:
        frame.loc[0, name] = None
    assert bool(frame.isna().all(axis=None))
    assert source.column("created_at").null_count == 0


def test_another_arrow_type_stays_what_it_is():
    times = pa.table({"time": pa.array([1, None], pa.time64("us"))})
    assert to_frame(times)["time"].dtype == pd.ArrowDtype(pa.time64("us"))


def test_a_sum_of_credits_of_wider_precision_becomes_float64_too():
    total = pa.table({"credits": pa.array([Decimal("1.5")], pa.decimal128(38, 6))})
    assert to_frame(total)["credits"].dtype == pd.Float64Dtype()


def test_an_unknown_dtype_backend_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match="'numpy_nullable' or 'pyarrow', not 'numpy'"):
        to_frame(schema.JOBS.empty(), dtype_backend="numpy")


def test_every_column_is_converted_from_many_chunks_as_from_one():
    whole = jobs(
        6, job_id=[1, 2, 3, 4, 5, 6], list_name=["a", None, "", "\0", "😀", "f"], created_at=[LAST] * 6
    )
    pieces = pa.concat_tables([whole.slice(0, 1), whole.slice(1, 0), whole.slice(1, 3), whole.slice(4)])
    for backend in BACKENDS:
        pd.testing.assert_frame_equal(
            to_frame(pieces, dtype_backend=backend), to_frame(whole, dtype_backend=backend)
        )


@pytest.mark.parametrize("backend", BACKENDS)
@settings(deadline=None)
@given(data=st.data())
def test_any_rows_come_back_from_a_frame_as_they_went_in(backend, data):
    table = data.draw(st.sampled_from((*schema.ALL_TABLES, *VIEWS)))
    rows = data.draw(st.integers(0, 4))
    arrays = [
        pa.array(data.draw(st.lists(st.none() | VALUES[c.kind], min_size=rows, max_size=rows)), c.kind.arrow)
        for c in table.columns
    ]
    before = pa.Table.from_arrays(arrays, schema=table.frame_arrow)
    assert from_frame(to_frame(before, dtype_backend=backend), table).equals(before)


def test_the_pyarrow_backend_brings_back_credits_of_28_digits():
    most = [Decimal("9999999999999999999999.999999"), Decimal("-0.000001")]
    before = jobs(2, total_credits_charged=most)
    assert from_frame(to_frame(before, dtype_backend="pyarrow"), schema.JOBS).equals(before)


@pytest.mark.parametrize(
    ("value", "credits"),
    [
        (0.0000005, "0"),
        (0.0000015, "0.000002"),
        (0.0000025, "0.000002"),
        (498.8547745, "498.854774"),
        (800546655647.7963, "800546655647.7963"),
        (float("nan"), None),
    ],
)
def test_credits_of_a_float_are_rounded_half_even_by_their_decimal_text(value, credits):
    frame = pd.DataFrame({"total_credits_charged": [value]})
    taken = from_frame(frame, schema.JOBS, columns=["total_credits_charged"])
    assert taken.column(0).to_pylist() == [None if credits is None else Decimal(credits)]


def test_what_read_parquet_gives_comes_back_exactly(tmp_path):
    before = jobs(
        2,
        job_id=[1, 2],
        total_records=[250, None],
        list_name=["a", None],
        is_reconciled=[True, None],
        total_credits_charged=[Decimal("178.000001"), None],
        started_at=[LAST, None],
    )
    pq.write_table(before, tmp_path / "jobs.parquet")
    assert from_frame(pd.read_parquet(tmp_path / "jobs.parquet"), schema.JOBS).equals(before)


def test_instants_in_another_zone_come_back_as_utc():
    frame = pd.DataFrame({"created_at": pd.to_datetime(["2026-05-06T13:41:55.001+02:00"])})
    taken = from_frame(frame, schema.JOBS, columns=["created_at"]).column(0)
    assert taken.to_pylist() == [datetime(2026, 5, 6, 11, 41, 55, 1000, tzinfo=UTC)]


def test_columns_the_schema_does_not_know_are_left_out_and_the_order_is_the_one_asked_for():
    frame = pd.DataFrame({"note": ["x"], "status": ["Valid"], "job_id": [1]})
    assert from_frame(frame, schema.RECORDS, columns=["job_id", "status"]).to_pydict() == {
        "job_id": [1],
        "status": ["Valid"],
    }


def test_missing_columns_are_named():
    frame = pd.DataFrame({"job_id": [1]})
    with pytest.raises(SettingsError, match="lacks columns of jobs: status, created_at"):
        from_frame(frame, schema.JOBS, columns=["job_id", "status", "created_at"])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("job_id", [1.5]),
        ("job_id", ["42"]),
        ("is_final", [5]),
        ("status", [5]),
        ("created_at", ["2026-01-01T00:00:00Z"]),
        ("created_at", [1]),
        ("created_at", pd.to_datetime(["2026-01-01"])),
        ("created_at", pd.to_datetime(["2026-01-01T00:00:00.000000001Z"])),
        ("total_credits_charged", [float("inf")]),
        ("total_credits_charged", [1e22]),
        ("total_credits_charged", ["1.5"]),
        ("list_name", ["a", 5]),
        ("list_name", [object()]),
    ],
)
def test_values_of_another_type_are_refused(name, values):
    frame = pd.DataFrame({name: values})
    with pytest.raises(SettingsError, match=f"column {name} of the DataFrame does not fit its type"):
        from_frame(frame, schema.JOBS, columns=[name])


def test_a_value_that_does_not_fit_shows_neither_in_the_message_nor_in_the_traceback():
    frame = pd.DataFrame({"email": ["jane@example.com", 5]})
    with pytest.raises(SettingsError) as caught:
        from_frame(frame, schema.RECORDS, columns=["email"])
    assert "jane" not in "".join(traceback.format_exception(caught.value))


def test_a_table_given_away_leaves_no_arrow_memory_of_its_numbers_behind():
    rows = 100_000
    gc.collect()
    before = pa.total_allocated_bytes()
    given_away = [pa.table({"a": pa.array(range(rows)), "b": pa.array(range(rows))})]
    assert pa.total_allocated_bytes() - before >= 2 * 8 * rows
    frame = to_frame(given_away.pop())
    assert pa.total_allocated_bytes() - before < 8 * rows / 10
    assert frame["a"].sum() == frame["b"].sum()


def test_the_arrow_table_of_an_arrow_frame_is_its_own_memory():
    rows = 100_000
    table = pa.table({"record_id": pa.array(range(rows)), "email": pa.array(["someone@example.com"] * rows)})
    frame = to_frame(table, dtype_backend="pyarrow")
    gc.collect()
    before = pa.total_allocated_bytes()
    again = to_arrow(frame)
    assert pa.total_allocated_bytes() == before
    assert again.equals(table)
    assert again.schema.metadata is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_frame_s_arrow_table_has_columns_of_one_s_own_and_no_index(backend):
    exact = pa.table({"job_id": [1, 2], "list_name": ["a", None]})
    frame = to_frame(exact, dtype_backend=backend)
    frame["client"], frame["share"] = frame["list_name"].str.upper(), [0.5, float("nan")]
    frame.index = pd.Index(["x", "y"], name="kept out")
    table = to_arrow(frame)
    assert table.to_pydict() == {
        **exact.to_pydict(),
        "client": ["A", None],
        "share": [0.5, None],
    }
    assert to_arrow(frame.head(0)).schema == table.schema


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (pd.DataFrame({"a": ["jane@example.com", 1]}), "column a of the DataFrame has no type in Arrow"),
        (pd.DataFrame({"a": [object()]}), "column a of the DataFrame has no type in Arrow"),
        (pd.DataFrame({"a": [2**70]}), "column a of the DataFrame has no type in Arrow"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "columns have names, each once"),
        (pd.DataFrame([[1, 2]]), "columns have names, each once"),
        (pd.Series([1]), "takes a DataFrame, not a Series"),
        (None, "takes a DataFrame, not None"),
    ],
)
def test_what_has_no_arrow_table_is_refused_without_its_values(frame, told):
    with pytest.raises(SettingsError, match=told) as error:
        to_arrow(frame)
    shown = "".join(traceback.format_exception(error.value))
    assert "example.com" not in shown


PEAK_SCRIPT = """
import sys
from peak_memory import peak_mb
import pyarrow as pa, pyarrow.compute as pc
from ecore_export import frames, schema

rows = 1_000_000
ids = pc.cast(pa.array(range(rows)), pa.int64())
filled = {
    "job_id": ids,
    "record_id": ids,
    "email": pc.binary_join_element_wise("someone.", ids.cast(pa.string()), "@example.com", ""),
    "processed_at": ids.cast(pa.timestamp("us", tz="UTC")),
}
def column(field):
    blank = pa.repeat("default", rows) if field.type == pa.string() else pa.nulls(rows, field.type)
    return filled.get(field.name, blank)
fields = schema.RECORDS.frame_arrow
table = pa.Table.from_arrays([column(f) for f in fields], schema=fields)
before_mb = peak_mb()
frame = frames.to_frame(table, dtype_backend=sys.argv[1])
print(((peak_mb() - before_mb) * 2**20 + table.nbytes) / frame.memory_usage(deep=True).sum())
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_million_records_need_at_most_two_and_a_half_times_the_frame_at_the_peak(backend):
    assert float(run_script(PEAK_SCRIPT, backend)) <= 2.5
