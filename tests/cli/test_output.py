"""What is written: the format that follows from the place, nulls, and text that fits a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pytest

from ecore_export.cli.formats import cell, draw_rows, write
from ecore_export.cli.output import chosen_output


def written(table: pa.Table, form: str) -> bytes:
    sink = io.BytesIO()
    write(table, form, sink)
    return sink.getvalue()


def test_null_and_empty_text_differ() -> None:
    table = pa.table({"text": ["", None], "n": [1, None]})
    assert written(table, "csv") == b'text,n\n"",1\n,\n'
    assert written(table, "jsonl") == b'{"text": "", "n": 1}\n{"text": null, "n": null}\n'


def test_the_format_follows_from_where_it_goes() -> None:
    assert chosen_output(None, None, is_terminal=True).form == "table"
    assert chosen_output(None, None, is_terminal=False).form == "csv"
    assert chosen_output("jsonl", Path("x.parquet"), is_terminal=True).form == "jsonl"
    assert chosen_output(None, Path("-"), is_terminal=False).path is None
    with pytest.raises(Exception, match="not for terminals"):
        chosen_output("parquet", None, is_terminal=True)


def test_a_table_is_cut_to_the_terminal_and_aligned_by_cells() -> None:
    table = pa.table({"n": [1, 200], "name": ["顧客リスト" * 20, "x"], "last": ["é", "end"]})
    wide, narrow = draw_rows(table).splitlines(), draw_rows(table, width=30).splitlines()
    assert wide[2].index("end") == len(wide[0]) - len("last")
    assert "…" in narrow[1]
    assert max(map(len, narrow)) <= 30


def test_a_cell_does_not_steer_the_terminal() -> None:
    assert cell("a\x1b[2Jb\nc\u202e") == "a\\x1b[2Jb\\nc\\u202e"
    assert cell("👨\u200d👩 Café") == "👨\u200d👩 Café"
