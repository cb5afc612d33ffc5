"""A view's SQL, computed by DuckDB over Arrow tables wherever there is no database.

In: a view, and what gives the rows of a table. Out: the view's rows, ordered by its key.

A computation has a connection of its own, closed after it: a shared one would not outlive a fork, and would
let threads see each other's tables. What does not fit into `MEMORY` goes to files in a folder that only its
owner can enter, and that goes with the computation, or with the next one if the process was killed. Where no
such folder can be made, as in a container that may write nothing, what fits is computed all the same.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name or definition of this package
from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from .. import schema
from ..errors import DestinationError, SettingsError
from ..times import UTC_OFFSETS, Offsets
from .columns import ALWAYS, Period, View
from .dialects import IN_DUCKDB
from .sql import STREAMED, columns_read, definition

RowSource = Callable[[schema.Table, Sequence[str]], Iterator[pa.RecordBatch]]
"""Gives the rows of a table, these columns of it."""

MEMORY = "512MB"
"""DuckDB's own: enough for a window over 10,000,000 records, most of which goes to disk."""

_THREADS = 4
"""At most: each holds on to memory of its own, and 512 MB are not enough for those of a large machine."""

_BATCH_ROWS = 50_000
_SPILL_PREFIX = "ecore-export-view-"

_CONFIG: dict[str, Any] = {
    "memory_limit": MEMORY,
    "preserve_insertion_order": False,  # the key orders the rows; keeping another order costs memory
    "autoinstall_known_extensions": False,  # nothing is fetched from the network
    "autoload_known_extensions": False,
    "python_enable_replacements": False,  # a name in SQL is never a variable of Python
    # How many rows will come by is not known, so DuckDB would expect few, and hold all records in memory to
    # look up jobs among them. Joins stay as they are written: what is large first. Of the third, see the
    # DuckDB destination: it loses digits.
    "disabled_optimizers": "join_order,build_side_probe_side,compressed_materialization",
}


def compute(
    view: View,
    source: RowSource,
    *,
    offsets: Offsets = UTC_OFFSETS,
    period: Period = ALWAYS,
    select: str | None = None,
) -> pa.Table:
    """The rows of a view as one table, as `stream` gives them."""
    batches = stream(view, source, offsets=offsets, period=period, select=select)
    return pa.Table.from_batches(batches, view.frame_arrow)


def stream(
    view: View,
    source: RowSource,
    *,
    offsets: Offsets = UTC_OFFSETS,
    period: Period = ALWAYS,
    select: str | None = None,
) -> Iterator[pa.RecordBatch]:
    """The rows of a view, a part in memory at a time; ``offsets`` draw the line between days.

    ``select``: the SQL, where it is not the view's own: in DuckDB's words, over what the view reads. Raises
    `SettingsError` for figures that are too large for their columns, `DestinationError` where temporary files
    find no room, and whatever ``source`` raises.
    """
    mentions: dict[str, schema.Table] = {}

    def name(table: schema.Table) -> str:
        mention = f"{table.name}_{len(mentions)}" if table in STREAMED and mentions else table.name
        mentions[mention] = table
        return mention

    read = columns_read(view, period)
    text = select or definition(view, replace(IN_DUCKDB, period=period, name=name), offsets)
    named = mentions if select is None else {table.name: table for table in read}
    feeds = {mention: _Feed(table, read[table], source) for mention, table in named.items()}
    return _computed(view, text, feeds)


def _computed(view: View, select: str, feeds: Mapping[str, _Feed]) -> Iterator[pa.RecordBatch]:
    order = ", ".join(f"{name} NULLS LAST" for name in view.key)
    text = f"SELECT {', '.join(view.names)} FROM (\n{select}\n) AS ecore_view ORDER BY {order}"
    with _connection() as connection, _errors(feeds):
        for name, feed in feeds.items():
            _provide(connection, name, feed)
        with connection.sql(text).to_arrow_reader(_BATCH_ROWS) as reader:
            for batch in reader:
                yield batch.cast(view.frame_arrow)


def figures_too_large() -> SettingsError:
    """What to say where figures do not fit their type."""
    return SettingsError(
        "figures of the view do not fit their columns, such as credits of more than 22 digits before the "
        "point: look at the jobs with the largest total_credits_charged and counters"
    )


def tables_source(tables: Mapping[schema.Table, pa.Table | None]) -> RowSource:
    """Gives the rows of Arrow tables; those that are None or not there are empty."""

    def rows(table: schema.Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        found = tables.get(table)
        return iter([] if found is None else found.select(list(columns)).to_batches())

    return rows


class _Feed:
    """Rows on their way into DuckDB, which makes text of an error that it is told on the way."""

    def __init__(self, table: schema.Table, columns: Sequence[str], source: RowSource) -> None:
        self.table = table
        arrow = pa.schema([table.frame_arrow.field(name) for name in columns])
        self.error: BaseException | None = None
        self.reader = pa.RecordBatchReader.from_batches(arrow, self._batches(source(table, columns)))

    def _batches(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except BaseException as error:
            self.error = error
            raise


def _provide(connection: Any, name: str, feed: _Feed) -> None:
    """Make the rows a table of the connection. A reader gives them once, and nothing the second time."""
    if feed.table in STREAMED:
        connection.register(name, feed.reader)
        return
    connection.register("ecore_feed", feed.reader)
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM ecore_feed")
    connection.unregister("ecore_feed")


@contextmanager
def _connection() -> Iterator[Any]:
    import duckdb

    threads = min(_THREADS, os.cpu_count() or 1)
    with (
        _spill_folder() as folder,
        duckdb.connect(config={**_CONFIG, "threads": threads, "temp_directory": folder}) as connection,
    ):
        # It goes to stdout, among the rows. In a notebook without ipywidgets there is none, and DuckDB
        # refuses to be told so.
        with suppress(duckdb.InvalidInputException):
            connection.execute("SET enable_progress_bar = false")
        with suppress(duckdb.CatalogException):  # a build that knows no time zones has UTC alone
            connection.execute("SET TimeZone = 'UTC'")
        yield connection


@contextmanager
def _errors(feeds: Mapping[str, _Feed]) -> Iterator[None]:
    """What DuckDB says in this package's words; not chained where its message may quote a value."""
    import duckdb

    try:
        yield
    except (duckdb.ConversionException, duckdb.OutOfRangeException, pa.ArrowInvalid):
        _reraise(feeds)
        raise figures_too_large() from None
    except duckdb.OutOfMemoryException as error:
        _reraise(feeds)
        raise DestinationError(
            f"the view cannot be computed: it takes more than the {MEMORY} that a view may have, or "
            f"{_place()} has no room for the rest; ask for a shorter period, free some "
            "space, or name another folder by TMPDIR"
        ) from error
    except duckdb.IOException as error:
        _reraise(feeds)
        raise DestinationError(
            f"the view cannot be computed: a temporary file in {_place()} could not be written "
            "or read; see whether that disk is full, or name another folder by TMPDIR"
        ) from error
    except duckdb.Error:
        _reraise(feeds)
        raise


def _reraise(feeds: Mapping[str, _Feed]) -> None:
    for feed in feeds.values():
        if feed.error is not None:
            raise feed.error from None


@contextmanager
def _spill_folder() -> Iterator[str]:
    """A folder of its own for temporary files, which DuckDB makes readable for everybody; empty: none."""
    held = None
    with suppress(OSError):
        _remove_abandoned()
        held = _held_folder()
    if held is None:
        yield ""
        return
    folder, handle = held
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _held_folder() -> tuple[Path, int]:
    """A new folder, and the lock that says it is in use."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_SPILL_PREFIX))
        handle = _lock(folder)
        if handle is not None:
            return folder, handle


def _place() -> str:
    """Where temporary files go, in words."""
    try:
        return tempfile.gettempdir()
    except OSError:
        return "no folder for temporary files"


def _remove_abandoned() -> None:
    """Remove what killed processes of this user left: there may be addresses in it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SPILL_PREFIX}*"):
        with suppress(OSError):
            if folder.lstat().st_uid == os.getuid() and (handle := _lock(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)


def _lock(folder: Path) -> int | None:
    """Hold a folder; None if somebody else does or it is gone. The lock goes with the process."""
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
