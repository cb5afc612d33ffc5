"""The data source itself: what Spark asks of it, on the driver and on executors.

In: options, filters and offsets. Out: partitions, and their rows as Arrow batches. The token is in the
reader, which Spark pickles; it is in no option, and so in no plan, event log or checkpoint.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import types
from pyspark.sql.datasource import (
    DataSource,
    DataSourceReader,
    DataSourceStreamReader,
    Filter,
    InputPartition,
)

from ... import schema
from ...errors import ReconciliationError, SettingsError
from ...reading import as_job_rows, created_within
from .listing import Bounds, bounds_of, jobs_by_id, list_jobs
from .offsets import Later, Offset, list_later
from .options import Options, check_columns, read_options
from .partitions import (
    Connection,
    JobRows,
    RecordsOf,
    RowRules,
    Verdict,
    partitions_of_jobs,
    partitions_of_rows,
    read_records,
    unpacked,
)

try:
    from pyspark.sql.streaming.datasource import SupportsTriggerAvailableNow
except ImportError:  # before 4.2, Spark itself makes one batch of such a run

    class SupportsTriggerAvailableNow:  # type: ignore[no-redef]
        """Stands for what is not there."""


_TYPES: dict[schema.Kind, types.DataType] = {
    schema.Kind.TEXT: types.StringType(),
    schema.Kind.INT64: types.LongType(),
    schema.Kind.FLOAT64: types.DoubleType(),
    schema.Kind.BOOL: types.BooleanType(),
    schema.Kind.CREDITS: types.DecimalType(schema.CREDIT_PRECISION, schema.CREDIT_SCALE),
    schema.Kind.INSTANT: types.TimestampType(),
}

_CREATED_AT = {schema.JOBS.name: "created_at", schema.RECORDS.name: "job_created_at"}


class EcoreDataSource(DataSource):
    """eCore's jobs and records for Spark, as ``format("ecore")``.

    Register it once a session: ``spark.dataSource.register(EcoreDataSource)``. The option ``table`` is
    ``jobs`` or ``records``; docs/spark.md has the others. Columns and types are those of `schema`. The token
    comes from the environment that the driver started in. A job's records come whole and reconciled, or the
    query fails; with ``option("errors", "warn")`` such a job is left out.
    """

    def __init__(self, options: MutableMapping[str, str]) -> None:
        super().__init__(options)
        self._options = read_options(options)

    @classmethod
    def name(cls) -> str:
        """What ``format`` is given."""
        return "ecore"

    def schema(self) -> types.StructType:
        """The table's columns, or those of the option ``columns``."""
        table = self._options.declared
        return types.StructType(
            [types.StructField(name, _TYPES[table.column(name).kind]) for name in self._options.columns]
        )

    def reader(self, schema: types.StructType) -> DataSourceReader:
        """Reads a batch. Without the option ``push_down`` it must not have ``pushFilters``: Spark refuses
        such a reader where its own setting for it is off.
        """
        self._options.check_batch()
        reader = _NarrowedReader if self._options.push_down else _BatchReader
        return reader(self._options, _columns_of(self._options, schema))

    def streamReader(self, schema: types.StructType) -> DataSourceStreamReader:  # noqa: N802 - Spark's name
        """Reads a stream."""
        self._options.check_stream()
        return _StreamReader(self._options, _columns_of(self._options, schema))


def _columns_of(options: Options, given: types.StructType) -> tuple[str, ...]:
    """The columns of a schema that Spark asks for; whoever gives one of their own chooses columns by it."""
    names = check_columns(options.declared, tuple(given.fieldNames()))
    for field in given.fields:
        own = _TYPES[options.declared.column(field.name).kind]
        if field.dataType != own:
            raise SettingsError(
                f"the column {field.name} is {own.simpleString()}, not {field.dataType.simpleString()}"
            )
    return names


class _Reading:
    """What a batch and a stream have in common. It is pickled, and with it the token."""

    def __init__(self, options: Options, columns: tuple[str, ...]) -> None:
        self._options = options
        self._rules = RowRules(options.account, options.pii, columns, options.errors)
        self._connection = Connection.of(options.base_url)
        self._requests_at_once = options.requests_at_once or self._connection.settings.workers
        self._query = uuid.uuid4().hex
        if (options.partitions or 1) > self._requests_at_once:
            raise SettingsError(
                f"each partition takes a request at once: requests_at_once is {self._requests_at_once}, "
                "make it as many as the partitions"
            )
        if options.pii == "hash" and self._connection.settings.pii_key is None:
            raise SettingsError(
                "pii=hash needs a key: set ECORE_PII_KEY where the driver starts, and keep it"
            )

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The rows of a partition, on an executor; none of the one that Spark makes up for an empty plan."""
        if isinstance(partition, JobRows):
            yield from unpacked(partition.rows).to_batches()
        elif isinstance(partition, RecordsOf):
            with Verdict.of_stage(self._query).minded():
                yield from read_records(self._connection, partition, self._rules)

    def _planned(self, jobs: pa.Table, *, may_be: tuple[str, ...]) -> list[InputPartition]:
        """Partitions of jobs, given their facts, or of records the ids alone."""
        if self._options.declared is schema.JOBS:
            told = self._rules.privacy(self._connection.settings).facts(jobs)
            rows = as_job_rows(told, account=self._rules.account)
            return partitions_of_rows(rows.select(list(self._rules.columns)))
        return partitions_of_jobs(
            jobs, requests_at_once=self._requests_at_once, most=self._options.partitions, may_be=may_be
        )


class _BatchReader(_Reading, DataSourceReader):
    """Jobs of the list, or by their ids; of records, those that are final."""

    _pushed = Bounds()

    def partitions(self) -> Sequence[InputPartition]:
        """Whole jobs, planned once a query, on the driver."""
        options, bounds = self._options, self._pushed
        is_named = options.job_ids is not None
        if options.job_ids is not None:
            bounds = bounds.within(options.job_ids)
        bounds = bounds.created(options.wanted.since, options.wanted.until)
        if bounds.is_empty:
            return []
        with self._connection.open(self._requests_at_once) as session:
            if bounds.job_ids is None or options.has_filter:
                jobs = list_jobs(session, options.wanted, bounds, options.errors)
                if options.declared is schema.RECORDS:
                    jobs = jobs.filter(jobs.column("is_final"))
                return self._planned(jobs, may_be=("gone", "running"))
            ids = sorted(bounds.job_ids)
            if options.declared is schema.JOBS:
                jobs = jobs_by_id(session, ids, options.errors, may_be_gone=not is_named)
            else:
                jobs = pa.table({"job_id": pa.array(ids, pa.int64())})
            return self._planned(jobs, may_be=() if is_named else ("gone", "running"))


class _NarrowedReader(_BatchReader):
    """A batch that a query's own filters narrow."""

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:  # noqa: N802 - Spark's name
        """Take in what bounds the list; Spark applies all of the filters itself, too."""
        self._pushed = bounds_of(filters, _CREATED_AT[self._options.table])
        return filters


class _StreamReader(_Reading, DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Final jobs in the order of their ids, up to the first that is not final."""

    def __init__(self, options: Options, columns: tuple[str, ...]) -> None:
        super().__init__(options, columns)
        self._later: Later | None = None
        self._is_for_now = False

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_later": None}

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802 - Spark's name
        """The beginning."""
        return Offset().as_state()

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802 - Spark's name
        """The list is read once from now on: what comes later is for the next run."""
        self._is_for_now, self._later = True, None

    def latestOffset(self, start: Mapping[str, Any] | None = None, limit: Any = None) -> dict[str, Any]:  # noqa: N802 - Spark's name
        """The newest job before the first that is not final. ``start`` is not given by Spark 4.1."""
        begin = Offset() if start is None else Offset.of(start)
        if self._later is None or not self._is_for_now:
            with self._connection.open(self._requests_at_once) as session:
                self._later = list_later(session.endpoints, begin)
        most = None if start is None else self._options.jobs_per_batch
        return self._later.next_offset(begin, most).as_state()

    def partitions(self, start: Mapping[str, Any], end: Mapping[str, Any]) -> Sequence[InputPartition]:
        """The jobs between two offsets; after a restart the list is read again for them."""
        first, last = Offset.of(start), Offset.of(end)
        if first.job_id == last.job_id:
            return []
        if self._later is None or not self._later.reaches(first, last):
            with self._connection.open(self._requests_at_once) as session:
                self._later = list_later(session.endpoints, first)
        jobs = self._later.between(first.job_id, last.job_id)
        for job_id, is_final in zip(jobs.column("job_id"), jobs.column("is_final"), strict=True):
            if not is_final.as_py():
                raise ReconciliationError("it was final, and is not any more", job_id=job_id.as_py())
        wanted = self._options.wanted
        jobs = wanted.named(created_within(jobs, wanted.since, wanted.until))
        return self._planned(jobs, may_be=("gone",)) if jobs.num_rows else []

    def commit(self, end: Mapping[str, Any]) -> None:
        """Nothing to do: the checkpoint is Spark's."""
