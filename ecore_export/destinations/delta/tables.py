"""The tables of a Delta destination: made, opened at their newest version, and changed by one commit.

In: a place, a table of the fixed schema. Out: a `StoredTable` each, whose `Snapshot`s do not change.

`jobs`, `job_history` and `records` are partitioned by the month in which a job was created. No table has
anything that readers of the protocol's version 1 do not know. The log keeps the least and greatest values of
ids and instants alone: of texts they would be addresses, and the log keeps them for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ... import schema
from ...errors import DestinationError
from ..files import only_ours
from ..rows import month_labels
from .failures import driver, translated
from .url import Place

if TYPE_CHECKING:
    from deltalake import DeltaTable

MONTH = "created_month"
FENCE, BARRIER = "ecore.fence", "ecore.barrier"
"""Properties whose change makes each commit fail that was begun before it.

Whoever meets a higher fence than at its beginning stops; of a barrier nobody needs to know more.
"""

_INSTANTS = {"jobs": "created_at", "job_history": "created_at", "records": "job_created_at"}
_COMMIT_RETRIES = 15
_FILE_BYTES, _ROW_GROUP_ROWS = 64 * 1024**2, 100_000
_BATCH_ROWS = 20_000
_WRITTEN_ROWS = 2_000
"""Of so many rows a batch, delta-rs holds a few dozen back while it writes."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A table as it is at one version. ``handle``: delta-rs's own, which a commit moves on."""

    handle: DeltaTable
    table: schema.Table
    place: Place

    @property
    def version(self) -> int:
        """The version of the table."""
        with translated(self.place):
            return self.handle.version()

    def refresh(self) -> None:
        """Bring the handle to the newest version."""
        with translated(self.place):
            self.handle.update_incremental()

    @property
    def fence(self) -> int:
        """How often something was taken out for good."""
        return self.setting(FENCE)

    def setting(self, name: str) -> int:
        """A number among the table's properties; 0 where it was never set."""
        with translated(self.place):
            return int(self.handle.metadata().configuration.get(name, "0"))

    @property
    def columns(self) -> set[str]:
        """The names of the columns that are there."""
        with translated(self.place):
            return {field.name for field in self.handle.schema().fields}

    def query(self, text: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query over the table, which is called ``t`` there."""
        config = {"datafusion.execution.batch_size": str(_BATCH_ROWS)}
        with translated(self.place):
            reader = driver().QueryBuilder(config).register("t", self.handle).execute(text)
            batches = iter(pa.RecordBatchReader.from_stream(reader))
        while True:
            with translated(self.place):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


class StoredTable:
    """One table of the destination; it need not be there."""

    def __init__(self, place: Place, table: schema.Table) -> None:
        self.place = place
        self.table = table
        self._uri = place.table(table.name)
        self._instant = _INSTANTS.get(table.name)
        self._handle: DeltaTable | None = None

    @property
    def is_by_month(self) -> bool:
        """Whether it is partitioned by month."""
        return self._instant is not None

    @property
    def arrow(self) -> pa.Schema:
        """The columns as they are stored."""
        month = pa.field(MONTH, pa.string(), nullable=False)
        return self.table.arrow.append(month) if self.is_by_month else self.table.arrow

    def snapshot(self) -> Snapshot | None:
        """The table at its newest version; None if there is none."""
        with translated(self.place):
            found = driver()
            try:
                if self._handle is None:
                    self._handle = found.DeltaTable(self._uri)
                else:
                    self._handle.update_incremental()
            except found.exceptions.TableNotFoundError:
                self._handle = None
                return None
            self._refuse_foreign(self._handle)
        return Snapshot(self._handle, self.table, self.place)

    def _refuse_foreign(self, handle: DeltaTable) -> None:
        """Refuse what delta-rs would read wrongly: mapped columns as nulls, rows that a vector deletes."""
        mapping = handle.metadata().configuration.get("delta.columnMapping.mode", "none")
        if mapping != "none" or "deletionVectors" in (handle.protocol().reader_features or ()):
            raise DestinationError(
                f"{self._uri}: another program has switched on column mapping or deletion vectors, which "
                "ecore-export does not read: RESTORE a version from before, or choose another place"
            )

    def present(self) -> Snapshot:
        """As `snapshot`; raises `DestinationError` if there is none."""
        found = self.snapshot()
        if found is None:
            raise DestinationError(
                f"{self._uri} is not there: restore the table, or let `ecore-export sync` make it anew"
            )
        return found

    def create(self) -> None:
        """Make the table, unless it is there."""
        statistics = [c.name for c in self.table.columns if c.kind is not schema.Kind.TEXT and c.required]
        properties = {
            "delta.enableChangeDataFeed": "true",
            "delta.dataSkippingStatsColumns": ",".join(
                ["account", *statistics] if "account" in self.table.names else statistics
            ),
            FENCE: "0",
        }
        with self.changing():
            driver().DeltaTable.create(
                self._uri,
                self.arrow,
                mode="ignore",
                partition_by=[MONTH] if self.is_by_month else None,
                name=self.table.name,
                description=self.table.description,
                configuration={name: value for name, value in properties.items() if value},
                raise_if_key_not_exists=False,
            )

    def add_columns(self, snapshot: Snapshot) -> None:
        """Give an older table the columns that it lacks; null in its old rows."""
        present = snapshot.columns
        missing = [pa.field(c.name, c.kind.arrow) for c in self.table.columns if c.name not in present]
        if missing:
            fields = driver().Schema.from_arrow(pa.schema(missing)).fields
            with self.changing():
                snapshot.handle.alter.add_columns(fields)

    def set_property(self, snapshot: Snapshot, name: str, value: str) -> None:
        """Set a property of the table. A commit that was begun before is refused from then on."""
        with self.changing():
            snapshot.handle.alter.set_table_properties({name: value}, raise_if_not_exists=False)

    def replace(
        self, snapshot: Snapshot, where: str | None, rows: Iterable[pa.RecordBatch], **about: Any
    ) -> None:
        """Put ``rows`` in the place of those that fit ``where`` (None: of all), in one commit.

        ``about``: what the commit says of itself. What fails in making the rows is raised as it is. They must
        be made without delta-rs, on whose threads that happens. Raises `ConflictError`.
        """
        failed: list[BaseException] = []
        reader = pa.RecordBatchReader.from_batches(self.arrow, self._rows(rows, failed))
        try:
            with self.changing():
                driver().write_deltalake(
                    snapshot.handle,
                    reader,
                    mode="overwrite",
                    predicate=where,
                    target_file_size=_FILE_BYTES,
                    writer_properties=self.writer_properties(),
                    commit_properties=commit_properties(**about),
                )
        finally:
            if failed:
                raise failed[0]

    def delete(self, snapshot: Snapshot, where: str) -> None:
        """Remove the rows that fit, in one commit. Raises `ConflictError`."""
        with self.changing():
            snapshot.handle.delete(
                where, writer_properties=self.writer_properties(), commit_properties=commit_properties()
            )

    @staticmethod
    def writer_properties() -> Any:
        """How files are written."""
        return driver().WriterProperties(compression="ZSTD", max_row_group_size=_ROW_GROUP_ROWS)

    def _rows(self, rows: Iterable[pa.RecordBatch], failed: list[BaseException]) -> Iterator[pa.RecordBatch]:
        try:
            for batch in rows:
                yield from self._stored(pa.Table.from_batches([batch])).to_batches(_WRITTEN_ROWS)
        except BaseException as error:
            failed.append(error)
            raise

    def _stored(self, rows: pa.Table) -> pa.Table:
        """The rows with their month. A null that must not be is told here: delta-rs would print the row."""
        rows = rows.select(self.table.names)
        for column in self.table.columns:
            if column.required and rows[column.name].null_count:
                raise DestinationError(
                    f"{self.table.name}.{column.name} is null in a row, which the schema does not allow: "
                    "this is a bug; nothing of it was published"
                )
        rows = rows.cast(self.table.arrow)
        if self._instant is None:
            return rows.combine_chunks()
        months: Any = rows[self._instant].combine_chunks().dictionary_encode()
        labels = pa.array(month_labels(pa.chunked_array([months.dictionary])), pa.string())
        return rows.append_column(self.arrow.field(MONTH), labels.take(months.indices)).combine_chunks()

    def changing(self) -> AbstractContextManager[None]:
        """While something is written: errors in this package's words, local files for their owner only."""
        return _Changing(self.place)


class _Changing(AbstractContextManager[None]):
    """While something is written: errors in this package's words, local files for their owner only."""

    def __init__(self, place: Place) -> None:
        self._errors = translated(place)
        self._umask = only_ours() if place.is_local else nullcontext()

    def __enter__(self) -> None:
        self._errors.__enter__()
        self._umask.__enter__()

    def __exit__(self, *raised: Any) -> bool | None:
        self._umask.__exit__(*raised)
        return self._errors.__exit__(*raised)


def commit_properties(**about: Any) -> Any:
    """Of a commit: a few tries where it meets another that touches none of its rows, and what it says."""
    told = {f"ecore.{name}": str(value) for name, value in about.items()}
    return driver().CommitProperties(custom_metadata=told or None, max_commit_retries=_COMMIT_RETRIES)


class Tables:
    """All tables of a destination, by their `schema.Table`."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.all = {table.name: StoredTable(place, table) for table in schema.ALL_TABLES}

    def __getitem__(self, table: schema.Table) -> StoredTable:
        return self.all[table.name]
