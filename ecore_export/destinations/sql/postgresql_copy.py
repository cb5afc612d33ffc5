"""PostgreSQL's COPY, both ways: rows in, rows compared with those that are there, rows out.

In: connections and Arrow rows. Out: rows in a table; whether it holds the same; rows of a query.

Binary spares the server the reading and writing of text. As it has one form for each value, rows are the
same if their bytes are, and nobody has to decode them.
"""

from __future__ import annotations

import io
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from pyarrow import csv

from ...errors import SettingsError
from .. import Publication
from ..rows import in_chunks
from .dialect import bare_name

ENCODED_ROWS = 16_384
"""Rows that are encoded at a time: a few megabytes."""
ROWS_AT_ONCE = 2_000
CSV_BLOCK_BYTES = 4 * 1024 * 1024
"""Larger than any row, whose texts are not cut."""
WORK_MEM = "64MB"
"""While a view is read, unless it is more: with the 4 MB of a server as delivered, what is counted by address
goes to disk in many parts. Each step of a plan may take it, and more than one worker: with 256 MB,
`daily_domain_quality` took 2 GB of the server."""
HANDED_ON = 0.01
"""While a view is read, unless it is less: what a row costs that a worker hands on, for the planner. By
the 0.1 of a server as delivered one process puts all verdicts in order, and the others have nothing to do."""
_PLANNED = (
    f"SELECT set_config('work_mem', '{WORK_MEM}', true) "
    f"WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('{WORK_MEM}')",
    f"SELECT set_config('parallel_tuple_cost', '{HANDED_ON}', true) "
    f"WHERE CAST(current_setting('parallel_tuple_cost') AS DOUBLE PRECISION) > {HANDED_ON}",
)


def copy_in(connection: sa.Connection, target: sa.Table, rows: pa.Table) -> Mapping[str, int]:
    """COPY rows in; the answer says how many NULs became U+FFFD, by column."""
    rows, altered = _without_nul(rows.select([column.name for column in target.columns]))
    name = bare_name(target, connection.dialect)
    columns = ", ".join(rows.column_names)  # a migrated table has them in another order
    driver_connection: Any = connection.connection.driver_connection
    with (
        driver_connection.cursor() as cursor,
        cursor.copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT binary)") as copy,
    ):
        for chunk in _encoded([rows]):
            copy.write(chunk)
    return altered


def holds_records(
    connection: sa.Connection, target: sa.Table, publication: Publication, columns: Sequence[str]
) -> bool:
    """Whether a publication's records are there already, and no others of its jobs.

    Rows that do not come by ascending record id within their job count as different.
    """
    name = bare_name(target, connection.dialect).replace("%", "%%")
    query = (
        f"SELECT {', '.join(columns)} FROM {name} "  # noqa: S608 - names are the schema's own
        "JOIN unnest(%s::bigint[]) WITH ORDINALITY AS exported (job_id, place) USING (job_id) "
        "WHERE account = %s ORDER BY place, record_id"
    )
    chunks = (_without_nul(rows.select(list(columns)))[0] for rows in in_chunks(publication.records()))
    driver_connection: Any = connection.connection.driver_connection
    with (
        driver_connection.cursor() as cursor,
        cursor.copy(
            f"COPY ({query}) TO STDOUT (FORMAT binary)", (list(publication.exported), publication.account)
        ) as copy,
    ):
        stored = iter(copy)
        is_same = _is_same(_encoded(chunks), stored)
        deque(stored, maxlen=0)  # to break off would break the transaction off
    return is_same


def copy_out(connection: sa.Connection, query: sa.Select[Any], arrow: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a query, as CSV that Arrow reads: ten million rows never become objects of Python.

    In CSV a NULL is nothing, and an empty text is ``""``.
    """
    for setting in _PLANNED:
        connection.exec_driver_sql(setting)
    compiled = query.compile(dialect=connection.dialect)
    # a percent sign in a name is doubled; without parameters psycopg leaves it so
    text = compiled.string if compiled.params else compiled.string % ()
    driver_connection: Any = connection.connection.driver_connection
    with (
        driver_connection.cursor() as cursor,
        cursor.copy(f"COPY ({text}) TO STDOUT (FORMAT csv)", compiled.params) as copy,
    ):
        rows = iter(copy)
        if not (first := next(rows, b"")):
            return
        source: Any = pa.PythonFile(_Rows(chain((first,), rows)), mode="r")
        with csv.open_csv(
            source,
            read_options=csv.ReadOptions(column_names=arrow.names, block_size=CSV_BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=arrow,
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        ) as reader:
            for batch in reader:
                yield pa.RecordBatch.from_arrays(batch.columns, schema=arrow)


class _Rows(io.RawIOBase):
    """What comes row by row, as a file to read from."""

    def __init__(self, rows: Iterator[bytes | memoryview]) -> None:
        self._rows, self._ahead = rows, bytearray()

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as many as asked for; fewer at the end alone."""
        while len(self._ahead) < size and (some := b"".join(islice(self._rows, ROWS_AT_ONCE))):
            self._ahead += some
        found = bytes(self._ahead[:size])
        del self._ahead[:size]
        return found


def _encoded(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """What COPY takes, some thousand rows at a time; nothing at all for no tables."""
    try:
        from pgpq import ArrowToPostgresBinaryEncoder
    except ModuleNotFoundError as error:
        raise SettingsError(
            "pgpq, which fills PostgreSQL, is not installed: pip install 'ecore-export[postgresql]'"
        ) from error
    encoder: ArrowToPostgresBinaryEncoder | None = None
    for rows in tables:
        start = b""
        if encoder is None:
            encoder = ArrowToPostgresBinaryEncoder(rows.schema)
            start = encoder.write_header()
        for batch in rows.to_batches(max_chunksize=ENCODED_ROWS):
            yield start + encoder.write_batch(batch)
            start = b""
    if encoder is not None:
        yield encoder.finish()


def _is_same(wanted: Iterator[bytes], stored: Iterator[bytes | memoryview]) -> bool:
    """Whether both give the same bytes, however they are cut; reads no further than the first difference."""
    ahead = bytearray()
    for chunk in wanted:
        for part in stored:
            ahead += part
            if len(ahead) >= len(chunk):
                break
        if not ahead.startswith(chunk):
            return False
        del ahead[: len(chunk)]
    return not ahead and next(stored, None) is None


def _without_nul(rows: pa.Table) -> tuple[pa.Table, Mapping[str, int]]:
    altered: Counter[str] = Counter()
    for place, field in enumerate(rows.schema):
        if not pa.types.is_string(field.type):
            continue
        has_nul = pc.match_substring(rows[place], "\0")
        if pc.any(has_nul).as_py():
            altered[field.name] += has_nul.to_pylist().count(True)
            rows = rows.set_column(place, field, pc.replace_substring(rows[place], "\0", "\ufffd"))
    return rows, altered
