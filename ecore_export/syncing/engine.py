"""One sync from beginning to end: lock, discover, export, record the run.

In: settings, a destination's URL, options. Out: a `SyncResult`, and everything in the destination.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Unpack

import pyarrow as pa
import pyarrow.compute as pc
import uuid_utils

from .. import schema
from ..api import JobsPage
from ..destinations import Destination, Publication, open_destination, read_jobs, read_rejects, write_rejects
from ..errors import RequestBudgetError, SettingsError
from ..privacy import Privacy
from ..reading import RecordReader, Wire, accept_as_is
from ..reading import job_ids as ids_of
from ..settings import Settings, load_settings
from ..times import as_instant, offsets_of
from .agreement import agreed_privacy, pruned_before
from .discover import Discovery
from .export import Export
from .fitting import Need, fitting, needs_of, small_first
from .gaps import read_gap, write_gap
from .ledger import Ledger
from .options import Progress, SyncKeywords, SyncOptions, SyncResult
from .publisher import Publisher
from .rejects import RETRIES_A_RUN
from .runs import ended, recorded_run
from .session import session
from .stored_owners import StoredOwners

if TYPE_CHECKING:
    import httpx


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
    http_client: httpx.Client | None = None,
    **options: Unpack[SyncKeywords],
) -> SyncResult:
    """Export what is new to a destination, named by its URL; running it twice changes nothing more.

    ``options`` are those of `SyncOptions`: ``account``, ``jobs``, ``full``, ``refetch``, ``no_records``,
    ``max_requests``, ``accept_deletions``, ``dry_run``, ``pii``, ``tz``, ``no_views``. Connection settings
    come from the environment where they are not given; ``http_client`` is as for `Client`. Returns the
    run's figures; its ``status`` is ``complete``, or ``partial`` while jobs are rejected. Raises the
    `EcoreError` that kept the run from going through to its end; what was published before stays, and the
    next run goes on from there.
    """
    settings = load_settings(token=token, base_url=base_url, workers=workers)
    given: dict[str, Any] = dict(options)  # checked by SyncOptions itself
    chosen = SyncOptions(since=as_instant(since), until=as_instant(until), **given)
    opened = open_destination(destination, schema_name=schema_name)
    try:
        result = run_sync(settings, opened, chosen, progress=progress, http_client=http_client)
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
    http_client: httpx.Client | None = None,
) -> SyncResult:
    """One run. An error that ends it is in the result; a destination or zone that is no use raises."""
    if options.tz is not None:
        offsets_of(options.tz)  # a zone that does not exist shall leave nothing behind
    result = _new_result(destination, options)
    told = progress or Progress()
    with session(
        settings, http_client=http_client, max_requests=options.max_requests, stopping=stopping
    ) as wire:
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
    http_client: httpx.Client | None = None,
) -> SyncResult:
    """Publish rejected jobs as the API gives them, with ``is_reconciled`` false where they do not add up.

    An error that ends it is in the result: `PayloadError` for a job whose records cannot be stored at all,
    `NotFoundError` for one that is gone, `SettingsError` for one whose records were pruned.
    """
    options = SyncOptions(account=account)
    result = _new_result(destination, options)
    with (
        session(settings, http_client=http_client) as wire,
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
    if ahead := ledger.runs_ahead():
        ledger.note_in_run(
            f"{ahead} runs of this account began in the future: the clock was ahead then, or is behind now"
        )
    discovery = Discovery(wire, ledger, options, progress, first_page)
    discovery.run()
    ledger.rejects.resolve(_pruned(ledger, ledger.rejects.job_ids))
    work = _work(ledger, options)
    _count_open(result, work)
    if not options.no_records and not options.dry_run:
        due = list(_due(ledger, options, work))
        progress.begin(len(work) + len(due), result.records_open)
        try:
            owners = StoredOwners(destination, options.account)
            with Publisher(destination, result, privacy, owners) as publisher:
                reader = RecordReader(wire)
                export = Export(reader, ledger, publisher, result, progress)
                _export(export, work, due, ledger, options.max_requests)
        finally:
            _count_open(result, _work(ledger, replace(options, refetch=False)))
    if discovery.failures.last is not None:
        raise discovery.failures.last
    result.missing = None if discovery.gap is None else str(discovery.gap)
    _conclude(ledger, result)


def _export(export: Export, work: pa.Table, due: list[int], ledger: Ledger, max_requests: int | None) -> None:
    """Export what fits the run's budget; what does not fit waits, and is named where it never will.

    After a run that was cut short in vain the smaller jobs go first: a job too large for a daily cap would
    keep them for ever.
    """
    needs = small_first(needs_of(work)) if ledger.was_in_vain() else needs_of(work)
    if max_requests is None:
        export.run([*(need.job_id for need in needs), *due])
        return
    now, later = fitting(needs, export.requests_left(max_requests))
    export.run([*(need.job_id for need in now), *due])
    while later and (more := fitting(later, export.requests_left(max_requests)))[0]:
        now, later = more
        export.run([need.job_id for need in now])
    if later:
        raise RequestBudgetError(_budget_spent(later, max_requests))


def _budget_spent(later: list[Need], max_requests: int) -> str:
    largest = max(later, key=lambda need: need.requests)
    spent = f"the budget of {max_requests} requests is spent; {len(later)} jobs wait for the next run"
    if largest.requests < max_requests:
        return spent
    return (
        f"{spent}, and job {largest.job_id} alone takes {largest.requests} requests: "
        "give a run a larger --max-requests for it"
    )


def _work(ledger: Ledger, options: SyncOptions) -> pa.Table:
    """The final jobs to export, oldest first: those not exported yet, or with ``refetch`` all of them."""
    columns = ["job_id", "created_at", "is_final", "deleted_at", "total_records"]
    jobs = ledger.jobs("all" if options.refetch else "open", columns)
    jobs = jobs.filter(pc.and_(jobs.column("is_final"), pc.is_null(jobs.column("deleted_at"))))
    if options.jobs:
        jobs = jobs.filter(pc.is_in(jobs.column("job_id"), value_set=pa.array(options.jobs, pa.int64())))
    if options.since is not None:
        jobs = jobs.filter(pc.greater_equal(jobs.column("created_at"), _instant(options.since)))
    if (pruned := pruned_before(ledger.destination, ledger.stamp.account)) is not None:
        jobs = jobs.filter(pc.greater_equal(jobs.column("created_at"), _instant(pruned)))
    if options.until is not None:
        jobs = jobs.filter(pc.less(jobs.column("created_at"), _instant(options.until)))
    rejected = pa.array(sorted(ledger.rejects.job_ids), pa.int64())
    jobs = jobs.filter(pc.invert(pc.is_in(jobs.column("job_id"), value_set=rejected)))
    return jobs.sort_by([("created_at", "ascending"), ("job_id", "ascending")])


def _pruned(ledger: Ledger, job_ids: Collection[int]) -> list[int]:
    """Those of the jobs whose records were removed for their age."""
    pruned = pruned_before(ledger.destination, ledger.stamp.account) if job_ids else None
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
    """The run went through to its end: complete, or partial while rejects are open or jobs missing."""
    result.rejects_open = len(ledger.rejects)
    result.jobs_rejected = len(ledger.rejects.rejected_now)
    result.status = "partial" if result.rejects_open or result.missing else "complete"


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
        scratch.publish(Publication(account, read_jobs(destination, account)))
        write_rejects(scratch, read_rejects(destination, account))
        write_gap(scratch, account, read_gap(destination, account))
        yield scratch
    finally:
        scratch.close()


def _instant(value: datetime) -> Any:
    return pa.scalar(value, schema.Kind.INSTANT.arrow)
