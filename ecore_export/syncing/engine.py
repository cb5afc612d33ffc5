"""One sync from beginning to end: lock, discover, export, record the run.

In: settings, a destination's URL, options. Out: a `SyncResult`, and everything in the destination. Called by
users as `ecore_export.sync` and by `cli`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import uuid_utils

from .. import schema
from ..api_transport import Handler
from ..decode import JobsPage
from ..destinations import Destination, Publication, open_destination
from ..errors import SettingsError
from ..instants import as_instant
from ..privacy import Privacy
from ..reading import RecordReader, Wire, accept_as_is
from ..rows import job_ids as ids_of
from ..settings import Settings, load_settings
from ..views.zones import offsets_of
from .agreement import agreed_privacy, pruned_before
from .discover import Discovery
from .export import Export
from .ledger import Ledger
from .options import Progress, SyncOptions, SyncResult
from .publisher import Publisher
from .rejects import RETRIES_A_RUN
from .runs import ended, recorded_run
from .session import session


def sync(
    destination: str,
    *,
    token: str | None = None,
    base_url: str | None = None,
    workers: int | None = None,
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
    schema_name: str | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> SyncResult:
    """Export what is new to a destination, named by its URL; running it twice changes nothing more.

    ``options`` are those of `SyncOptions`: ``account``, ``jobs``, ``full``, ``refetch``, ``no_records``,
    ``max_requests``, ``accept_deletions``, ``dry_run``, ``pii``, ``tz``, ``no_views``. Connection
    settings come from the environment where they are not given. Returns the run's figures; its ``status`` is
    ``complete``, or ``partial`` while jobs are rejected. Raises the `EcoreError` that kept the run from going
    through to its end; what was published before stays, and the next run goes on from there.
    """
    settings = load_settings(token=token, base_url=base_url, workers=workers)
    chosen = SyncOptions(since=as_instant(since), until=as_instant(until), **options)
    opened = open_destination(destination, schema_name=schema_name)
    try:
        result = run_sync(settings, opened, chosen, progress=progress)
    finally:
        opened.close()
    if result.error is not None:
        raise result.error
    return result


def run_sync(
    settings: Settings,
    destination: Destination,
    options: SyncOptions,
    *,
    progress: Progress | None = None,
    stopping: threading.Event | None = None,
    handler: Handler | None = None,
) -> SyncResult:
    """One run. An error that ends it is in the result; a destination or zone that is no use raises."""
    if options.tz is not None:
        offsets_of(options.tz)  # a zone that does not exist shall leave nothing behind
    result = _new_result(destination, options)
    told = progress or Progress()
    with session(settings, handler=handler, max_requests=options.max_requests, stopping=stopping) as wire:
        if options.dry_run:
            privacy = agreed_privacy(destination, options.pii, settings.pii_key)
            with _rehearsal(destination, options.account) as scratch, ended(wire, result):
                _run(wire, scratch, options, privacy, result, told)
            return result
        destination.check_writable()
        first_page = None
        if not options.jobs and destination.schema_version() is None:
            # A wrong token or address shall leave nothing behind.
            with ended(wire, result):
                first_page = wire.endpoints.jobs_page(1)
            if result.error is not None:
                return result
        with recorded_run(wire, destination, result, options.pii, settings.pii_key) as privacy:
            if not options.no_views:
                destination.ensure_views(options.tz)
            _run(wire, destination, options, privacy, result, told, first_page)
    return result


def accept(
    settings: Settings,
    destination: Destination,
    job_ids: list[int],
    *,
    account: str = "default",
    handler: Handler | None = None,
) -> SyncResult:
    """Publish rejected jobs as the API gives them, with ``is_reconciled`` false where they do not add up.

    An error that ends it is in the result: `PayloadError` for a job whose records cannot be stored at all,
    `NotFoundError` for one that is gone, `SettingsError` for one whose records were pruned.
    """
    options = SyncOptions(account=account)
    result = _new_result(destination, options)
    with (
        session(settings, handler=handler) as wire,
        recorded_run(wire, destination, result, None, settings.pii_key) as privacy,
    ):
        ledger = Ledger(destination, wire.endpoints, result, privacy)
        if pruned := _pruned(ledger, job_ids):
            raise SettingsError(f"job {pruned[0]}: its records were pruned, and do not come back")
        with Publisher(destination, result, privacy) as publisher:
            export = Export(RecordReader(wire), ledger, publisher, result, Progress())
            export.know(job_ids)
            for job_id in dict.fromkeys(job_ids):
                export.publish(accept_as_is(wire, job_id))
            export.finish()
        _conclude(ledger, result)
    return result


def _run(
    wire: Wire,
    destination: Destination,
    options: SyncOptions,
    privacy: Privacy,
    result: SyncResult,
    progress: Progress,
    first_page: JobsPage | None = None,
) -> None:
    ledger = Ledger(destination, wire.endpoints, result, privacy, accept_deletions=options.accept_deletions)
    discovery = Discovery(wire, ledger, options, progress, first_page)
    discovery.run()
    ledger.rejects.resolve(_pruned(ledger, ledger.rejects.job_ids))
    work = _work(ledger, options)
    _count_open(result, work)
    if not options.no_records and not options.dry_run:
        job_ids = [*ids_of(work), *_due(ledger, options, work)]
        progress.begin(len(job_ids), result.records_open)
        try:
            with Publisher(destination, result, privacy) as publisher:
                reader = RecordReader(wire, may_flow=destination.is_patient)
                Export(reader, ledger, publisher, result, progress).run(job_ids)
        finally:
            _count_open(result, _work(ledger, replace(options, refetch=False)))
    if discovery.failures.last is not None:
        raise discovery.failures.last
    _conclude(ledger, result)


def _work(ledger: Ledger, options: SyncOptions) -> pa.Table:
    """The final jobs to export, oldest first: those not exported yet, or with ``refetch`` all of them."""
    columns = ["job_id", "created_at", "is_final", "deleted_at", "total_records"]
    jobs = ledger.jobs("all" if options.refetch else "open", columns)
    jobs = jobs.filter(pc.and_(jobs.column("is_final"), pc.is_null(jobs.column("deleted_at"))))
    if options.jobs:
        jobs = jobs.filter(pc.is_in(jobs.column("job_id"), value_set=pa.array(options.jobs, pa.int64())))
    if options.since is not None:
        jobs = jobs.filter(pc.greater_equal(jobs.column("created_at"), _instant(options.since)))
    if (pruned := pruned_before(ledger.destination)) is not None:
        jobs = jobs.filter(pc.greater_equal(jobs.column("created_at"), _instant(pruned)))
    if options.until is not None:
        jobs = jobs.filter(pc.less(jobs.column("created_at"), _instant(options.until)))
    rejected = pa.array(sorted(ledger.rejects.job_ids), pa.int64())
    jobs = jobs.filter(pc.invert(pc.is_in(jobs.column("job_id"), value_set=rejected)))
    return jobs.sort_by([("created_at", "ascending"), ("job_id", "ascending")])


def _pruned(ledger: Ledger, job_ids: Collection[int]) -> list[int]:
    """Those of the jobs whose records were removed for their age."""
    pruned = pruned_before(ledger.destination) if job_ids else None
    if pruned is None:
        return []
    known = ledger.known(sorted(job_ids))
    return ids_of(known.filter(pc.less(known.column("created_at"), _instant(pruned))))


def _due(ledger: Ledger, options: SyncOptions, work: pa.Table) -> Iterator[int]:
    """Jobs rejected in earlier runs that are worth another look now: named ones all, others a few a run."""
    rejected = sorted(ledger.rejects.job_ids - ledger.rejects.rejected_now - {0})
    if options.jobs:
        yield from (job_id for job_id in rejected if job_id in options.jobs)
        return
    due = [job_id for job_id in rejected if ledger.rejects.is_due(job_id)]
    yield from due[:RETRIES_A_RUN]


def _conclude(ledger: Ledger, result: SyncResult) -> None:
    """The run went through to its end: complete, or partial while rejects are open."""
    result.rejects_open = len(ledger.rejects)
    result.jobs_rejected = len(ledger.rejects.rejected_now)
    result.status = "partial" if result.rejects_open else "complete"


def _count_open(result: SyncResult, work: pa.Table) -> None:
    """How much there is to export, as things stand."""
    result.jobs_open = len(work)
    result.records_open = pc.sum(work.column("total_records")).as_py() or 0


def _new_result(destination: Destination, options: SyncOptions) -> SyncResult:
    return SyncResult(str(uuid_utils.uuid7()), options.account, destination.url, datetime.now(UTC))


@contextmanager
def _rehearsal(destination: Destination, account: str) -> Iterator[Destination]:
    """A scratch copy of what is known of jobs, in memory, for a run that must write nothing."""
    scratch = open_destination("sqlite://")
    try:
        scratch.ensure_schema()
        scratch.publish(Publication(account, destination.read_jobs(account)))
        scratch.write_rejects(destination.read_rejects(account))
        yield scratch
    finally:
        scratch.close()


def _instant(value: datetime) -> Any:
    return pa.scalar(value, schema.Kind.INSTANT.arrow)
