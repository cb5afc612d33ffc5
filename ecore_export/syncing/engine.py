"""One sync from beginning to end: lock, discover, export, record the run.

In: settings, a destination's URL, options. Out: a `SyncResult`, and everything in the destination.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Unpack

import pyarrow as pa
import pyarrow.compute as pc

from ..api import JobsPage
from ..arguments import account_label
from ..destinations import Destination, held, open_destination
from ..errors import RequestBudgetError, SettingsError
from ..privacy import Privacy
from ..progress import Progress, shown_sync
from ..reading import RecordReader, Session, accept_as_is
from ..settings import Settings, load_settings
from ..telemetry import count, stage
from ..times import as_instant, offsets_of
from .account_guard import AccountGuard
from .discover import Discovery
from .dry_run import unwritten
from .export import Export, budget_spent, due_rejects, fitting, needs_of, open_work, pruned_among, small_first
from .known_jobs import KnownJobs
from .options import SyncKeywords, SyncOptions, SyncResult
from .publisher import Publisher
from .runs import RUN_FIGURES, Run, agreed_privacy, ended, recorded_run
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
    progress: Progress | bool | None = None,
    http_client: httpx.Client | None = None,
    **options: Unpack[SyncKeywords],
) -> SyncResult:
    """Export what is new to a destination, named by its URL; running it twice changes nothing more.

    ``options`` are those of `SyncOptions`: ``account``, ``jobs``, ``full``, ``refetch``, ``no_records``,
    ``max_requests``, ``max_minutes``, ``accept_deletions``, ``dry_run``, ``pii``, ``tz``, ``no_views``,
    ``group``.
    Connection settings come from the environment where they are not given; ``http_client`` is as for
    `Client`. ``progress``: whether a run that takes longer than two seconds shows a bar, by default in a
    notebook and where stderr is a terminal; or a `Progress` of yours. Returns the run's figures; its
    ``status`` is ``complete``, or ``partial`` while jobs are rejected. Raises the `EcoreError` that kept the
    run from going through to its end; what was published before stays, and the next run goes on from there.

    >>> import ecore_export as ee, httpx
    >>> from ecore_export.sandbox import Sandbox
    >>> with httpx.Client(transport=Sandbox(jobs=20).transport()) as made_up:
    ...     result = ee.sync("parquet:exported", token="sandbox-token", http_client=made_up)
    >>> result.status, result.jobs_exported > 0
    ('complete', True)
    """
    settings = load_settings(token=token, base_url=base_url, workers=workers)
    given: dict[str, Any] = dict(options)  # checked by SyncOptions itself
    chosen = SyncOptions(since=as_instant(since), until=as_instant(until), **given)
    opened = open_destination(destination, schema_name=schema_name)
    try:
        with shown_sync(progress) as told:
            result = run_sync(settings, opened, chosen, progress=told, http_client=http_client)
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
    run = Run(options.account, destination)
    with stage("sync", run_id=run.result.run_id) as told:
        _sync(settings, destination, options, run, progress or Progress(), stopping, http_client)
        result = run.result
        told.say(status=result.status, **{name: getattr(result, name) for name in RUN_FIGURES})
        if result.error is not None:
            told.fail(type(result.error).__name__)
    return result


def _sync(
    settings: Settings,
    destination: Destination,
    options: SyncOptions,
    run: Run,
    told: Progress,
    stopping: threading.Event | None,
    http_client: httpx.Client | None,
) -> None:
    with Session.open(
        settings,
        http_client=http_client,
        max_requests=options.max_requests,
        max_minutes=options.max_minutes,
        stopping=stopping,
    ) as session:
        traffic = session.endpoints.api.traffic
        told.began(run.result.run_id, options.account, lambda: traffic.requests)
        if options.dry_run:
            privacy = agreed_privacy(destination, options.pii, settings.pii_key)
            with ended(session, run):
                known = _known_jobs(session, unwritten(destination), options, privacy, run)
                _run(session, known, options, told)
            return
        destination.check_writable()
        first_page = None
        if not options.jobs and destination.schema_version() is None:
            # A wrong token or address shall leave nothing behind.
            with ended(session, run):
                first_page = session.endpoints.jobs_page(1)
            if run.result.error is not None:
                return
        with recorded_run(session, destination, run, options.pii, settings.pii_key) as privacy:
            if not options.no_views:
                destination.ensure_views(options.tz)
            run.groups.agree(options.group)
            with held(destination):
                known = _known_jobs(session, destination, options, privacy, run)
            _run(session, known, options, told, first_page)


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
    run = Run(account_label(account), destination)
    with (
        Session.open(settings, http_client=http_client) as session,
        recorded_run(session, destination, run, None, settings.pii_key) as privacy,
    ):
        run.groups.agree(None)
        known = KnownJobs(destination, AccountGuard(destination, account, session.endpoints), run, privacy)
        if pruned := pruned_among(known, job_ids):
            raise SettingsError(f"job {pruned[0]}: its records were pruned, and do not come back")
        with Publisher(destination, run, privacy) as publisher:
            export = Export(RecordReader(session), known, publisher, Progress())
            export.know(job_ids)
            for job_id in dict.fromkeys(job_ids):
                export.publish(accept_as_is(session, job_id))
            export.finish()
        _conclude(known)
    return run.result


def _known_jobs(
    session: Session, destination: Destination, options: SyncOptions, privacy: Privacy, run: Run
) -> KnownJobs:
    """What the destination knows before the API is asked."""
    guard = AccountGuard(
        destination, options.account, session.endpoints, accept_deletions=options.accept_deletions
    )
    known = KnownJobs(destination, guard, run, privacy)
    if ahead := known.earlier.runs_ahead():
        run.note(
            f"{ahead} runs of this account began in the future: the clock was ahead then, or is behind now"
        )
    return known


def _run(
    session: Session,
    known: KnownJobs,
    options: SyncOptions,
    progress: Progress,
    first_page: JobsPage | None = None,
) -> None:
    run = known.run
    discovery = Discovery(session, known, options, progress, first_page)
    with stage("discover"):
        discovery.run()
    known.rejects.resolve(pruned_among(known, known.rejects.job_ids))
    work = open_work(known, options)
    _count_open(run, work)
    if not options.no_records and not options.dry_run:
        due = list(due_rejects(known, options))
        progress.begin(len(work) + len(due), run.result.records_open)
        try:
            owners = StoredOwners(known.destination, options.account)
            with (
                stage("export"),
                Publisher(known.destination, run, known.privacy, owners, progress) as publisher,
            ):
                export = Export(RecordReader(session), known, publisher, progress)
                _export(export, known, work, due, options.max_requests)
        finally:
            _count_open(run, open_work(known, replace(options, refetch=False)))
    if discovery.failures.last is not None:
        raise discovery.failures.last
    _conclude(known, missing=None if discovery.gap is None else str(discovery.gap))


def _export(
    export: Export, known: KnownJobs, work: pa.Table, due: list[int], max_requests: int | None
) -> None:
    """Export what fits the run's budget; what does not fit waits, and is named where it never will.

    After a run that was cut short in vain the smaller jobs go first: a job too large for a daily cap would
    keep them for ever.
    """
    needs = small_first(needs_of(work)) if known.earlier.was_in_vain() else needs_of(work)
    if max_requests is None:
        export.run([*(need.job_id for need in needs), *due])
        return
    now, later = fitting(needs, export.requests_left(max_requests))
    export.run([*(need.job_id for need in now), *due])
    while later and (more := fitting(later, export.requests_left(max_requests)))[0]:
        now, later = more
        export.run([need.job_id for need in now])
    if later:
        raise RequestBudgetError(budget_spent(later, max_requests))


def _conclude(known: KnownJobs, missing: str | None = None) -> None:
    """The run went through to its end: complete, or partial while rejects are open or jobs missing."""
    count("rejects", len(known.rejects.rejected_now))
    known.run.say(
        rejects_open=len(known.rejects),
        jobs_rejected=len(known.rejects.rejected_now),
        missing=missing,
        status="partial" if len(known.rejects) or missing else "complete",
    )


def _count_open(run: Run, work: pa.Table) -> None:
    """How much there is to export, as things stand."""
    run.say(jobs_open=len(work), records_open=pc.sum(work.column("total_records")).as_py() or 0)
