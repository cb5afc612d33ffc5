"""Excel files, read back as Excel reads them: no formula, no lost zero or digit, limits told in words."""

from __future__ import annotations

import doctest
import errno
import io
import stat
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ecore_export as ee
from ecore_export import excel, schema
from ecore_export.excel import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, write_workbook

pytestmark = pytest.mark.thorough

BACKENDS = ("numpy_nullable", "pyarrow")
AT = datetime(2026, 5, 6, 11, 41, 55, 1_000, UTC)


def read_back(source: Any) -> dict[str, list[dict[str, Any]]]:
    """The rows of each sheet, formulas as formulas."""
    book = openpyxl.load_workbook(source)
    sheets = {}
    for sheet in book:
        cells = list(sheet.iter_rows())
        assert not any(cell.data_type == "f" or cell.hyperlink for row in cells for cell in row)
        header, *rows = [[cell.value for cell in row] for row in cells]
        sheets[sheet.title] = [dict(zip(header, row, strict=True)) for row in rows]
    return sheets


def cells_of(**columns: Any) -> list[dict[str, Any]]:
    sink = io.BytesIO()
    rows = len(next(iter(columns.values())))
    write_workbook({"x": pa.table({**columns, "row": list(range(rows))})}, sink)
    return read_back(sink)["x"]


def column_of(values: Any, name: str = "value") -> list[Any]:
    return [row[name] for row in cells_of(**{name: values})]


@pytest.mark.parametrize("backend", BACKENDS)
def test_jobs_and_records_open_with_dates_numbers_and_ids_as_text(backend: Any, tmp_path: Path) -> None:
    with ee.Client.sandbox(jobs=20, dtype_backend=backend) as client:
        jobs = client.load_jobs(status="Processed")
        records = client.load_records(jobs.head(2))
    path = tmp_path / "jobs.xlsx"
    ee.write_excel({"jobs": jobs, "records": records}, path)
    sheets = read_back(path)
    assert [list(rows[0]) for rows in sheets.values()] == [
        list(schema.JOBS.names),
        list(schema.RECORDS.names),
    ]
    assert [len(rows) for rows in sheets.values()] == [len(jobs), len(records)]
    first = sheets["jobs"][0]
    assert first["job_id"] == str(jobs["job_id"].iloc[0])
    assert first["total_credits_charged"] == float(jobs["total_credits_charged"].iloc[0])
    assert first["is_final"] is True
    created_at = jobs["created_at"].iloc[0].to_pydatetime(warn=False).replace(tzinfo=None)
    assert abs(first["created_at"] - created_at) < timedelta(milliseconds=1)
    assert [row["record_id"] for row in sheets["records"]] == [str(each) for each in records["record_id"]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_single_frame_is_one_sheet_and_an_empty_one_has_its_header(tmp_path: Path) -> None:
    with ee.Client.sandbox(jobs=3) as client:
        none = client.load_jobs(list_name="no such list")
    path = tmp_path / "none.XLSX"
    ee.write_excel(none, str(path))
    (sheet,) = openpyxl.load_workbook(path)
    assert [cell.value for cell in sheet[1]] == list(schema.JOBS.names)
    assert sheet.max_row == 1


def test_instants_show_the_clock_of_a_zone() -> None:
    sink = io.BytesIO()
    instants = [AT, datetime(2026, 1, 31, 23, 30, tzinfo=UTC), None]
    table = pa.table({"at": pa.array(instants, pa.timestamp("us", "UTC")), "n": [1, 2, 3]})
    write_workbook({"x": table}, sink, tz="Europe/Berlin")
    found = [row["at"] for row in read_back(sink)["x"]]
    assert found == [datetime(2026, 5, 6, 13, 41, 55, 1_000), datetime(2026, 2, 1, 0, 30), None]  # noqa: DTZ001


@pytest.mark.parametrize("odd", [datetime(1, 1, 1, tzinfo=UTC), datetime(1900, 2, 28, tzinfo=UTC)])
def test_instants_that_excel_does_not_know_are_text(odd: datetime) -> None:
    found = column_of(pa.array([AT, odd], pa.timestamp("us", "UTC")))
    assert found == ["2026-05-06 11:41:55.001000", odd.strftime("%Y-%m-%d %H:%M:%S.000000").zfill(26)]


def test_days_are_dates() -> None:
    found = column_of(pa.array([date(2026, 5, 6), date(9999, 12, 31), date(1900, 3, 1)]))
    assert [value.date() for value in found] == [date(2026, 5, 6), date(9999, 12, 31), date(1900, 3, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("https://a.example","x")',
        "+1",
        "@SUM(A1)",
        "00123",
        "https://a.example",
        "mailto:jane@example.com",
        "{=1}",
        " blanks ",
        "line\nbreak\ttab",
        "👩\u200d🚀 Café",
        "<b>&amp;</b>",
        "1e5",
        "TRUE",
    ],
)
def test_text_stays_text(text: str) -> None:
    assert column_of([text]) == [text]


def test_text_between_the_marks_of_markup_is_no_markup() -> None:
    assert column_of(["<r><t>x</t></r>", "<r>&</r>"]) == [" <r><t>x</t></r>", " <r>&</r>"]


def as_excel_reads(text: str) -> str:
    """Excel undoes the escapes of control characters, and openpyxl those that it knows."""
    return openpyxl.utils.escape.unescape(text)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_text_makes_a_file_that_opens(texts: list[str]) -> None:
    sink = io.BytesIO()
    write_workbook({"x": pa.table({"text": texts})}, sink)
    assert len(read_back(sink)["x"]) == len(texts)


def test_control_characters_are_escaped_as_excel_does() -> None:
    found = column_of(["a\x00b\x1b", "_x0041_"])
    assert [as_excel_reads(each) for each in found] == ["a\x00b\x1b", "_x0041_"]


def test_numbers_keep_their_digits_or_become_text() -> None:
    assert column_of([1, 999_999_999_999_999]) == [1, 999_999_999_999_999]
    assert column_of([1, 2**53 + 1, None]) == ["1", "9007199254740993", None]
    assert column_of([-(2**63), 5]) == ["-9223372036854775808", "5"]
    assert column_of([1.5, float("nan"), float("inf"), None]) == [1.5, None, None, None]
    assert column_of([Decimal("178.000000"), Decimal("0.000001")]) == [178, 0.000001]
    assert column_of([7], "client_id") == ["7"]
    assert column_of([7], "paid") == [7]


def test_values_of_one_s_own_that_excel_has_no_kind_for_are_text() -> None:
    assert column_of([["a", "b"], None]) == ["['a', 'b']", None]
    assert column_of(pa.array(["x", None, "x"]).dictionary_encode()) == ["x", None, "x"]
    assert column_of([timedelta(hours=30)]) == ["1 day, 6:00:00"]
    assert column_of(pa.array(["big"], pa.large_string())) == ["big"]


@pytest.mark.parametrize("longest", ["x" * LONGEST_CELL, "👩" * (LONGEST_CELL // 2)])
def test_a_cell_holds_so_many_characters_and_no_more(longest: str) -> None:
    assert column_of([longest]) == [longest]
    with pytest.raises(
        ee.SettingsError, match=r"column value has a text of 32,76[89] char.* use CSV or Parquet"
    ):
        column_of([None, longest + "ab"[: LONGEST_CELL + 1 - len(longest.encode("utf-16-le")) // 2]])


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"n": pa.nulls(MOST_ROWS, pa.int8())}),
        pa.table({str(n): pa.nulls(0, pa.int8()) for n in range(MOST_COLUMNS + 1)}),
    ],
)
def test_a_sheet_has_room_for_so_many_rows_and_columns(table: pa.Table) -> None:
    sink = io.BytesIO()
    with pytest.raises(ee.SettingsError, match="has room for 1,048,575 rows and 16,384 columns"):
        write_workbook({"x": table}, sink)
    assert sink.getvalue() == b""


@pytest.mark.parametrize(
    ("frames", "path", "told"),
    [
        (pd.DataFrame(), "x.csv", r"ends in \.xlsx"),
        (pd.DataFrame(), "x", r"ends in \.xlsx"),
        ({}, "x.xlsx", r"at least one sheet"),
        ({"a/b": pd.DataFrame()}, "x.xlsx", "Excel does not take that name"),
        ({"a" * 32: pd.DataFrame()}, "x.xlsx", "Excel does not take that name"),
        ({"a": pd.DataFrame(), "A": pd.DataFrame()}, "x.xlsx", "Excel does not take that name"),
        ({1: pd.DataFrame()}, "x.xlsx", "a sheet is named by text"),
        ([1], "x.xlsx", "takes a DataFrame, not a list"),
    ],
)
def test_what_is_no_workbook_is_refused_and_the_old_file_stays(
    frames: Any, path: str, told: str, tmp_path: Path
) -> None:
    place = tmp_path / path
    place.write_text("old")
    with pytest.raises(ee.SettingsError, match=told):
        ee.write_excel(frames, place)
    assert place.read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_full_disk_is_an_error_of_the_system_which_who_opened_the_file_words() -> None:
    class Full(io.BytesIO):
        def write(self, _data: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_workbook({"x": pa.table({"n": [1]})}, Full())


def test_an_unknown_zone_and_a_folder_that_is_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(ee.SettingsError, match="unknown time zone"):
        ee.write_excel(pd.DataFrame(), tmp_path / "x.xlsx", tz="Berlin")
    with pytest.raises(ee.DestinationError, match=r"[Nn]o such"):
        ee.write_excel(pd.DataFrame(), tmp_path / "nowhere" / "x.xlsx")


def test_without_xlsxwriter_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ee.SettingsError, match=r"pip install 'ecore-export\[excel\]'"):
        ee.write_excel(pd.DataFrame(), tmp_path / "x.xlsx")


def test_many_rows_need_no_more_memory_than_few_and_nothing_waits_where_others_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel.tempfile, "tempdir", str(tmp_path))
    seen: set[int] = set()

    class Sink(io.BytesIO):
        def write(self, data: Any) -> int:
            seen.update(stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir())
            return super().write(data)

    sink = Sink()
    write_workbook({"x": pa.table({"n": list(range(25_000))})}, sink)
    assert seen == {0o700}
    assert list(tmp_path.iterdir()) == []
    assert "xl/sharedStrings.xml" not in zipfile.ZipFile(sink).namelist(), "texts are not gathered in memory"


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = doctest.DocTestFinder().find(ee.write_excel)
    assert doctest.DocTestRunner().run(example).failed == 0
    assert read_back("jobs.xlsx").keys() == {"jobs", "lists"}
