"""A destination in memory: how little the contract asks of a new one, and the suite that it must pass."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from backends import Backend
from test_contract import *  # noqa: F403 - the suite: its classes and fixtures
from test_contract import TestLock as LockSuite

from ecore_export import schema
from ecore_export.destinations import Erased, Erasure, Publication, read_jobs, read_meta, write_meta
from ecore_export.destinations.contract import EVERYTHING, RECORD_SPANS, Selection, refuse_newer
from ecore_export.destinations.erasure import TEXTS
from ecore_export.destinations.rows import BOOKKEEPING_COLUMNS, upsert, upsert_history
from ecore_export.destinations.views import compute_view, remember_tz
from ecore_export.errors import DestinationBusyError
from ecore_export.schema import JOB_HISTORY, JOBS, RECORDS, Table

pytestmark = pytest.mark.thorough

TABLES: dict[str, dict[str, pa.Table]] = defaultdict(dict)
LOCKS: dict[str, threading.Lock] = defaultdict(threading.Lock)


class MemoryDestination:
    """Tables in this process; fulfils `Destination`. Whoever reads sees all of a publication or nothing."""

    has_one_writer = True

    def __init__(self, url: str) -> None:
        self.url, self.notes = url, list[str]()

    def schema_version(self) -> int | None:
        return int(read_meta(self)["schema_version"]) if TABLES[self.url] else None

    def check_writable(self) -> None:
        """It always is."""

    def ensure_schema(self) -> None:
        refuse_newer(self.url, self.schema_version())
        self._put({table: self._rows(table) for table in schema.ALL_TABLES})
        write_meta(self, {"schema_version": str(schema.SCHEMA_VERSION)})

    @contextmanager
    def lock(self, timeout_s: float) -> Iterator[None]:
        if not LOCKS[self.url].acquire(timeout=timeout_s):
            raise DestinationBusyError(f"somebody else writes to {self.url}: try later")
        try:
            yield
        finally:
            LOCKS[self.url].release()

    def read(
        self, table: Table, where: Selection = EVERYTHING, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        rows = self._rows(table, where).sort_by([(name, "ascending") for name in table.key])
        yield from rows.select(list(columns or table.names)).to_batches(10_000)

    def count(self, table: Table, where: Selection = EVERYTHING) -> int:
        return len(self._rows(table, where))

    def read_record_spans(self, account: str, *, newest: int | None = None) -> pa.Table:
        jobs = self._rows(RECORDS, Selection(account)).group_by("job_id", use_threads=False)
        spans = jobs.aggregate([("record_id", how) for how in ("min", "max", "count")])
        return spans.rename_columns(RECORD_SPANS.names).cast(RECORD_SPANS)

    def merge(self, table: Table, rows: pa.Table) -> None:
        self._put({table: self._merged(table, rows)})

    def publish(self, publication: Publication) -> None:
        account, key = Selection(publication.account), list(RECORDS.key)
        exported = replace(account, job_ids=publication.exported)
        new = pa.Table.from_batches(publication.records(), RECORDS.arrow)
        records = self._merged(RECORDS, new, exported)
        records = records.join(new.select(key), key, join_type="left semi", use_threads=False)
        states, known = self._rows(JOB_HISTORY, account), read_jobs(self, publication.account)
        changed = upsert_history(states, publication.history, known=known)
        history = states if changed is None else changed
        self._put(
            {
                RECORDS: pa.concat_tables([self._without(RECORDS, exported), records.cast(RECORDS.arrow)]),
                JOB_HISTORY: pa.concat_tables([self._without(JOB_HISTORY, account), history]),
                JOBS: self._merged(JOBS, publication.jobs),
            }
        )

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        changed = {table: erasure.changed(table, self._rows(table)) for table, _ in TEXTS}
        if not dry_run:
            changed[schema.SUPPRESSIONS] = suppressed
            self._put({table: self._merged(table, rows) for table, rows in changed.items()})
        return erasure.erased

    def remove(self, tables: Sequence[Table], where: Selection) -> dict[str, int]:
        removed = {table.name: self.count(table, where) for table in tables}
        self._put({table: self._without(table, where) for table in tables})
        return removed

    def ensure_views(self, tz: str | None = None) -> None:
        remember_tz(self, tz)

    def read_view(self, name: str, *, account: str | None = None, **asked: Any) -> pa.Table:
        where = Selection(account)
        return compute_view(self, lambda table, names: self.read(table, where, names), name, **asked)

    def close(self) -> None:
        """Nothing is held open."""

    def _rows(self, table: Table, where: Selection = EVERYTHING) -> pa.Table:
        rows = TABLES[self.url].get(table.name, table.empty())
        return rows.filter(where.fits(rows))

    def _without(self, table: Table, where: Selection) -> pa.Table:
        return (rows := self._rows(table)).filter(pc.invert(where.fits(rows)))

    def _merged(self, table: Table, rows: pa.Table, where: Selection = EVERYTHING) -> pa.Table:
        old, ignored = self._rows(table, where), BOOKKEEPING_COLUMNS if table in (JOBS, RECORDS) else ()
        merged = upsert(old, rows, table.key, ignoring=ignored)
        return old if merged is None else merged

    def _put(self, changed: dict[Table, pa.Table]) -> None:
        TABLES[self.url] |= {table.name: rows.combine_chunks() for table, rows in changed.items()}


def _peek(url: str) -> list[tuple[int, str]]:
    return [(row["job_id"], row["validator_used"]) for row in TABLES[url]["records"].to_pylist()]


@pytest.fixture
def backend() -> Backend:
    return Backend(
        "memory",
        lambda test: test.node.nodeid,
        _peek,
        lambda url: sorted(TABLES[url]),
        open=MemoryDestination,
    )


class TestLock(LockSuite):
    test_of_a_killed_process_is_free_again = None  # it is in one process
