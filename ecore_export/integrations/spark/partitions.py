"""Partitions: which whole jobs go into which, on the driver, and the rows that an executor reads of them.

In: job facts, or ids. Out: partitions, which are pickled and hold neither an address of a record nor the
token. Spark runs as many partitions at once as it has cores, so the requests at once are bounded by dividing
them up here: all partitions together have that many workers. A job that is large beside the others has a
partition of its own, and more workers.

In: a partition, and a `Connection` that came with it. Out: Arrow batches of whole, reconciled jobs, read by
what reads everywhere else.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql.datasource import InputPartition

from ...api import INLINE_RECORDS, RECORDS_PAGE_SIZE
from ...errors import DailyCapError, EcoreError, JobNotLoadedWarning, NotFoundError, ReconciliationError
from ...job_loader import ErrorMode, warn
from ...privacy import PiiMode, Privacy
from ...reading import (
    Failures,
    JobFigures,
    JobNotRead,
    JobsRead,
    RecordOwners,
    RecordReader,
    Session,
    UnknownJob,
    as_record_rows,
    job_figures,
    job_ids,
)
from ...settings import Secret, Settings, load_settings

FIGURES = ("job_id", "status", "total_records", "valid_count", "invalid_count", "unknown_count", "created_at")
"""What of a job's facts goes to the executor that reads it."""

ROWS_A_PARTITION = 5_000
"""Rows of `jobs` in one partition: some hundred kB, which travel with the task."""


@dataclass
class JobRows(InputPartition):
    """Rows of `jobs` that the driver has read: an Arrow stream."""

    rows: bytes = field(repr=False)


@dataclass
class RecordsOf(InputPartition):
    """Jobs whose records an executor reads with so many ``workers``.

    ``jobs``: an Arrow stream of their `FIGURES`, or of ids alone. ``may_be``: outcomes that only mean that
    the job has no records to read: ``gone``, ``running``.
    """

    jobs: bytes = field(repr=False)
    workers: int = 1
    may_be: tuple[str, ...] = ()


def partitions_of_rows(rows: pa.Table) -> list[InputPartition]:
    """Partitions of rows of `jobs`."""
    return [
        JobRows(_packed(rows.slice(start, ROWS_A_PARTITION)))
        for start in range(0, rows.num_rows, ROWS_A_PARTITION)
    ]


def partitions_of_jobs(
    jobs: pa.Table, *, requests_at_once: int, most: int | None, may_be: tuple[str, ...]
) -> list[InputPartition]:
    """Partitions of jobs' records; ``jobs``: facts, or ids alone; ``most``: so many partitions at most."""
    is_known = "total_records" in jobs.column_names
    jobs = jobs.select(FIGURES if is_known else ["job_id"])
    costs = list(map(_requests, jobs.column("total_records").to_pylist())) if is_known else [1] * len(jobs)
    slots = min(most or requests_at_once, requests_at_once)
    workers = requests_at_once // slots
    return [
        RecordsOf(_packed(jobs.take(pa.array(places, pa.int64()))), share * workers, may_be)
        for places, share in shares(costs, slots)
    ]


def shares(costs: Sequence[int], slots: int) -> Iterator[tuple[list[int], int]]:
    """Places in ``costs`` that share some of the ``slots``, and how many; all slots together at most.

    By descending cost: one that is more than a slot's fair share has slots of its own. Each other one goes to
    the slot that has least to do so far.
    """
    places = sorted(range(len(costs)), key=lambda place: -costs[place])
    left, total = slots, sum(costs)
    while places and left > 1 and costs[places[0]] * left > total:
        place = places.pop(0)
        own = max(costs[place] * left // total, 1)
        own = min(own, left - 1) if places else left
        yield [place], own
        left, total = left - own, total - costs[place]
    bins: list[tuple[int, int, list[int]]] = [(0, number, []) for number in range(left)]
    for place in places:
        load, number, inside = bins[0]
        inside.append(place)
        heapq.heapreplace(bins, (load + costs[place], number, inside))
    yield from ((sorted(inside), 1) for _, _, inside in sorted(bins, key=lambda each: each[1]) if inside)


def unpacked(packed: bytes) -> pa.Table:
    """What a partition holds."""
    with pa.ipc.open_stream(packed) as reader:
        return reader.read_all()


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _requests(total_records: int | None) -> int:
    if total_records is None or total_records <= INLINE_RECORDS:
        return 1
    return -(-total_records // RECORDS_PAGE_SIZE)


class Connection:
    """How to reach the API, from the driver's environment; it alone is pickled with the token in it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @classmethod
    def of(cls, base_url: str | None) -> Connection:
        """Raises `SettingsError` where the driver's environment has no token."""
        return cls(load_settings(base_url=base_url))

    def open(self, requests_at_once: int) -> Session:
        """A session with so many requests on their way at once."""
        return Session.open(replace(self.settings, workers=requests_at_once))

    def __reduce__(self) -> tuple[object, ...]:
        own = self.settings
        key = None if own.pii_key is None else own.pii_key.reveal()
        return _connection, (own.token.reveal(), own.base_url, own.timeout_s, own.attempts, own.workers, key)


def _connection(
    token: str, base_url: str, timeout_s: float, attempts: int, workers: int, key: str | None
) -> Connection:
    pii_key = None if key is None else Secret(key)
    return Connection(Settings(Secret(token), base_url, timeout_s, attempts, workers, pii_key))


@dataclass(frozen=True, slots=True)
class RowRules:
    """What becomes of rows: the account's label, the privacy mode, the columns; and of jobs that fail."""

    account: str
    pii: PiiMode
    columns: tuple[str, ...]
    errors: ErrorMode

    def privacy(self, settings: Settings) -> Privacy:
        """What of an address may come out."""
        return Privacy(mode=self.pii, key=settings.pii_key if self.pii == "hash" else None)


def read_records(connection: Connection, partition: RecordsOf, rules: RowRules) -> Iterator[pa.RecordBatch]:
    """The records of a partition's jobs; a job that cannot be had is an error, or left out with a warning."""
    jobs = unpacked(partition.jobs)
    todo: list[JobFigures | UnknownJob] = (
        [*job_figures(jobs)] if "status" in jobs.column_names else [*map(UnknownJob, job_ids(jobs))]
    )
    privacy = rules.privacy(connection.settings)
    with connection.open(partition.workers) as session:
        failures, owners = Failures(session.endpoints), RecordOwners()
        with closing(RecordReader(session).read(todo)) as outcomes:
            for outcome in outcomes:
                own, others = owners.of(outcome) if isinstance(outcome, JobsRead) else (None, [outcome])
                for other in others:
                    _miss(other, failures, partition.may_be, rules.errors)
                if own is not None:
                    failures.interrupt()
                    told = replace(own, rows=map(privacy.rows, own.rows))
                    created_at = _created_at(own, jobs)
                    for batch in as_record_rows(told, created_at, account=rules.account, run_id=None):
                        yield batch.select(list(rules.columns))


def _miss(outcome: JobNotRead, failures: Failures, may_be: tuple[str, ...], errors: ErrorMode) -> None:
    """Pass over a job without records to read; raise for any other one, or warn of it."""
    if outcome.outcome in may_be:
        return
    error = _error_of(outcome)
    if errors == "raise":
        raise error
    if outcome.outcome == "unavailable":
        failures.add(error)
    warn(JobNotLoadedWarning(error, job_id=outcome.job_id))


def _error_of(outcome: JobNotRead) -> EcoreError:
    job_id = outcome.job_id
    if outcome.outcome == "running":
        return ReconciliationError("it is not final yet: read its records when it is", job_id=job_id)
    if outcome.outcome == "gone":
        return NotFoundError(f"job {job_id} does not exist, or belongs to another user (404)", status=404)
    return outcome.error or EcoreError(f"job {job_id} could not be read")


def _created_at(read: JobsRead, jobs: pa.Table) -> Any:
    """When each of the jobs was created, as read on the way or as the driver has it."""
    if read.facts is not None:
        return read.facts.column("created_at")
    known = dict(zip(job_ids(jobs), jobs.column("created_at").to_pylist(), strict=True))
    return pa.array([known[job_id] for job_id in read.job_ids], pa.timestamp("us", "UTC"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one task of a stage found out and no further attempt can change: a spent cap, a refused token.

    Spark starts a failed task anew, three times. Those on the same machine find the verdict in its temporary
    folder, and fail with the same words before any request. ``path`` None: not within a task.
    """

    path: Path | None

    @classmethod
    def of_stage(cls, query: str) -> Verdict:
        """Of the stage that runs here; ``query`` tells one plan from all others."""
        task = TaskContext.get()
        if task is None:
            return cls(None)
        return cls(Path(tempfile.gettempdir()) / f"ecore-export-{query}-{task.stageId()}")

    @contextmanager
    def minded(self) -> Iterator[None]:
        """Raise the verdict, if there is one; note an error that is one."""
        if self.path is not None and self.path.exists():
            raise EcoreError(self.path.read_text(encoding="utf-8"))
        try:
            yield
        except EcoreError as error:
            if self.path is not None and (isinstance(error, DailyCapError) or not error.retryable):
                with contextlib.suppress(OSError):  # another task was first, or there is no room
                    _write_new(self.path, str(error))
            raise


def _write_new(path: Path, text: str) -> None:
    aside = path.with_name(f"{path.name}-{os.getpid()}")
    aside.touch(mode=0o600, exist_ok=False)
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
