"""A partition's rows, read on an executor by what reads everywhere else.

In: a partition, and a `Connection` that came with it. Out: Arrow batches of whole, reconciled jobs.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark import TaskContext

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
from .planning import RecordsOf, unpacked


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
