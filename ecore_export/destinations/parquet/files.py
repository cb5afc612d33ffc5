"""One Parquet file: written under a temporary name and moved into place, read back with its list of jobs.

In: Arrow tables of one `schema.Table`. Out: files that are whole or absent, never half written, readable by
their owner only.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ... import schema
from ...errors import DestinationError
from ..files import create_file, make_directory, reading, replace_file, temporary_path, writing

ROW_GROUP_ROWS = 100_000
INT64_BOUNDS = -(2**63), 2**63 - 1

_FOOTER_KEY = "ecore.jobs"
# Measured on a million rows: a dictionary on these columns alone gives the smallest file in the least time.
_DICTIONARY_COLUMNS = {
    *("account", "job_id", "status", "email_domain", "validator_used"),
    *("error_message", "job_created_at", "run_id"),
}


@dataclass(frozen=True, slots=True)
class Footer:
    """What a file's footer says: whose jobs it holds, and the rows of each, in the order of the file."""

    account: str | None = None
    jobs: dict[int, int] = field(default_factory=dict)

    def to_metadata(self) -> dict[str, str]:
        """The entry in the footer's key-value metadata."""
        jobs = {"account": self.account, "job_id": list(self.jobs), "rows": list(self.jobs.values())}
        return {_FOOTER_KEY: json.dumps(jobs, separators=(",", ":"))}

    @classmethod
    def from_metadata(cls, metadata: dict[bytes, bytes] | None, path: Path) -> Footer:
        """The footer of ``path``; raises `DestinationError` for a file that is not ours."""
        try:
            jobs = json.loads((metadata or {})[_FOOTER_KEY.encode()])
            return cls(jobs["account"], dict(zip(jobs["job_id"], jobs["rows"], strict=True)))
        except (KeyError, TypeError, ValueError) as error:
            raise DestinationError(
                f"{path} was not written by ecore-export: move it out of the destination"
            ) from error


class StoredFile:
    """A Parquet file opened for reading; use it as a context manager.

    It stays the file it was when opened, whatever takes its name meanwhile.
    """

    def __init__(self, path: Path, table: schema.Table) -> None:
        self.path = path
        self.table = table
        with reading(path):
            self._file = pq.ParquetFile(path, pre_buffer=False)  # which would take threads
        self._last_group: tuple[int, Sequence[str], pa.Table] | None = None

    def __enter__(self) -> StoredFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._last_group = None
        self._file.close()

    @cached_property
    def footer(self) -> Footer:
        """The list of jobs inside."""
        return Footer.from_metadata(self._file.metadata.metadata, self.path)

    def bounds(self, column: str) -> tuple[int, int]:
        """The lowest value of a column of integers or less, the highest or more, without reading any."""
        place, metadata = self._file.schema_arrow.get_field_index(column), self._file.metadata
        groups: list[Any] = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
        known = [group.column(place).statistics for group in groups]
        if not all(statistics is not None and statistics.has_min_max for statistics in known):
            return INT64_BOUNDS
        lows, highs = [INT64_BOUNDS[1]], [INT64_BOUNDS[0]]
        lows += [statistics.min for statistics in known]
        highs += [statistics.max for statistics in known]
        return min(lows), max(highs)

    @property
    def num_rows(self) -> int:
        """How many rows it has."""
        return int(self._file.metadata.num_rows)

    @cached_property
    def spans(self) -> dict[int, tuple[int, int]]:
        """First row, and row after the last, of each job; only where a job's rows lie together."""
        stops = list(accumulate(self.footer.jobs.values(), initial=0))
        return {job_id: (stops[n], stops[n + 1]) for n, job_id in enumerate(self.footer.jobs)}

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows, in the fixed schema."""
        names = self.table.names if columns is None else columns
        with reading(self.path):
            return self._conformed(self._file.read(self._stored(names), use_threads=False), names)

    def rows(self, start: int, stop: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows ``start`` to ``stop``; reading on from where the last call ended decodes nothing twice."""
        names = self.table.names if columns is None else columns
        pieces = [pa.schema([self.table.arrow.field(name) for name in names]).empty_table()]
        for group in range(bisect_right(self._group_starts, start) - 1, self._file.num_row_groups):
            first = self._group_starts[group]
            if first >= stop:
                break
            begin = max(start - first, 0)
            pieces.append(self._group(group, names).slice(begin, stop - first - begin))
        return pa.concat_tables(pieces)

    @cached_property
    def _group_starts(self) -> list[int]:
        metadata = self._file.metadata
        sizes = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
        return list(accumulate(sizes, initial=0))

    def _group(self, number: int, names: Sequence[str]) -> pa.Table:
        if self._last_group is None or self._last_group[:2] != (number, names):
            self._last_group = None
            with reading(self.path):
                rows = self._file.read_row_group(number, self._stored(names), use_threads=False)
                self._last_group = number, names, self._conformed(rows, names)
        return self._last_group[2]

    def _stored(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name in self._stored_names]

    @cached_property
    def _stored_names(self) -> frozenset[str]:
        return frozenset(self._file.schema_arrow.names)

    def _conformed(self, rows: pa.Table, names: Sequence[str]) -> pa.Table:
        """``rows`` with the columns ``names``; those a file of an older version lacks are null."""
        wanted = pa.schema([self.table.arrow.field(name) for name in names])
        if rows.schema.equals(wanted):
            return rows.replace_schema_metadata(None)
        for missing in set(names).difference(rows.schema.names):
            rows = rows.append_column(wanted.field(missing), pa.nulls(len(rows), wanted.field(missing).type))
        return rows.select(list(names)).cast(wanted)


class NewFile:
    """A Parquet file in the making; use it as a context manager, which discards what was not committed.

    ``folder``: where it lies meanwhile, on the same file system as the place it is for.
    """

    def __init__(self, folder: Path, table: schema.Table) -> None:
        make_directory(folder)
        self.path = temporary_path(folder)
        self._schema = table.arrow
        self._buffer: list[pa.Table] = []
        self._buffered_rows = 0
        with writing(self.path):
            self._sink = create_file(self.path)
            self._writer = pq.ParquetWriter(
                self._sink,
                self._schema,
                compression="zstd",
                use_dictionary=[n for n in table.names if n in _DICTIONARY_COLUMNS],  # type: ignore[arg-type]
            )

    def __enter__(self) -> NewFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.is_open = False  # else it would write its footer when it is collected
        with suppress(OSError):
            self._sink.close()
        self.path.unlink(missing_ok=True)

    def append(self, rows: pa.Table) -> None:
        """Add rows; they reach the disk a row group at a time."""
        with writing(self.path):
            self._buffer.append(rows if rows.schema.equals(self._schema) else rows.cast(self._schema))
        self._buffered_rows += rows.num_rows
        if self._buffered_rows >= ROW_GROUP_ROWS:
            self._flush(self._buffered_rows - self._buffered_rows % ROW_GROUP_ROWS)

    def finish(self, footer: Footer) -> None:
        """Write the rest and the footer; nothing can be added after that."""
        self._flush(self._buffered_rows)
        with writing(self.path):
            self._writer.add_key_value_metadata(footer.to_metadata())
            self._writer.close()
            self._sink.flush()

    def commit(self, path: Path) -> None:
        """Take the place of ``path``, in one step."""
        make_directory(path.parent)
        with writing(path):
            os.fsync(self._sink.fileno())
            replace_file(self.path, path)

    def _flush(self, count: int) -> None:
        rows = pa.concat_tables([self._schema.empty_table(), *self._buffer])
        with writing(self.path):
            self._writer.write_table(rows.slice(0, count), row_group_size=ROW_GROUP_ROWS)
        self._buffered_rows -= count
        self._buffer = [rows.slice(count)] if self._buffered_rows else []
