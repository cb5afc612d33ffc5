"""The views over a folder of Parquet files, without a database: only the columns needed are read.

In: the folder of a Parquet destination. Out: rows of a view. Called by `parquet`.

Records are read a row group at a time, so their number does not show in memory, except that
`latest_email_status` holds a row an address. Each file is read from one open handle: it stays what it was,
whatever takes its name meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import schema
from ..views import credit_rows, job_rows, record_rows
from ..views.declared import DAILY_CREDIT_USAGE, View
from ..views.periods import ALWAYS, Period
from ..views.zones import offsets_of
from .atomic_files import reading
from .parquet_folder import own_paths

_MIX_COLUMNS = (*record_rows.MIX_COLUMNS, "job_created_at")


@dataclass(frozen=True, slots=True)
class ViewSource:
    """What the views read. ``account``: None for all. ``period``: of the jobs or events."""

    root: Path
    account: str | None
    period: Period = ALWAYS

    def read(self, view: View, tz: str) -> pa.Table:
        """Rows of a view."""
        match view.name:
            case "credit_events":
                return self._credit_events()
            case "daily_credit_usage":
                return credit_rows.credit_usage(self._credit_events(), DAILY_CREDIT_USAGE, offsets_of(tz))
            case "list_quality":
                return job_rows.list_quality(self._jobs(job_rows.LIST_COLUMNS))
            case "daily_list_quality":
                return job_rows.list_quality(self._jobs(job_rows.LIST_COLUMNS), offsets_of(tz))
            case "job_turnaround":
                return job_rows.job_turnaround(self._jobs(job_rows.TURNAROUND_COLUMNS))
            case "data_freshness":
                return self._data_freshness()
            case "validator_mix":
                return record_rows.validator_mix(self._records(_MIX_COLUMNS))
            case "daily_validator_mix":
                return record_rows.validator_mix(self._records(_MIX_COLUMNS), offsets_of(tz))
            case _:
                return record_rows.latest_email_status(self._records(record_rows.STATUS_COLUMNS))

    def _credit_events(self) -> pa.Table:
        events = credit_rows.credit_events(
            self._table(schema.JOBS, credit_rows.JOB_COLUMNS),
            self._table(schema.JOB_HISTORY, credit_rows.HISTORY_COLUMNS),
        )
        return self.period.rows(events, "event_at")

    def _jobs(self, columns: Sequence[str]) -> pa.Table:
        """The jobs created in the period."""
        return self.period.rows(self._table(schema.JOBS, columns), "created_at")

    def _records(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The records of jobs created in the period."""
        for batch in self._batches(schema.RECORDS, columns):
            yield from self.period.rows(pa.Table.from_batches([batch]), "job_created_at").to_batches()

    def _data_freshness(self) -> pa.Table:
        return job_rows.data_freshness(
            self._table(schema.JOBS, job_rows.FRESHNESS_COLUMNS),
            self._table(schema.SYNC_RUNS, job_rows.RUN_COLUMNS),
            self._table(schema.REJECTS, job_rows.REJECT_COLUMNS),
        )

    def _table(self, table: schema.Table, columns: Sequence[str]) -> pa.Table:
        arrow = pa.schema([table.frame_arrow.field(name) for name in columns])
        return pa.Table.from_batches(self._batches(table, columns), arrow)

    def _batches(self, table: schema.Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows of all files, a row group at a time."""
        folder = self.root / table.name
        paths = own_paths(folder)
        arrow = pa.schema([table.frame_arrow.field(name) for name in columns])
        for path in paths:
            with reading(path), pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    rows = _conformed(file.read_row_group(group, columns=list(columns)), arrow)
                    if self.account is not None:
                        rows = rows.filter(pc.equal(rows["account"], pa.scalar(self.account)))
                    yield from rows.to_batches()


def _conformed(rows: pa.Table, arrow: pa.Schema) -> pa.Table:
    """The rows with the columns of ``arrow``; those a file of an older version lacks are null."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(len(rows), field.type)
        for field in arrow
    ]
    return pa.table(columns, schema=arrow)
