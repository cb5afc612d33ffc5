"""What a sync did, for people. In: a `SyncResult`. Out: text."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from .wording import counted

if TYPE_CHECKING:
    from ..syncing import SyncOptions, SyncResult


def summary(result: SyncResult, options: SyncOptions) -> str:
    """Some lines about a run, the outcome first."""
    lines = [
        _headline(result, options),
        *(f"  {name:<12} {text}" for name, text in _figures(result, options)),
    ]
    lines += [
        f"  {'drift':<12} {what}: {counted(count, 'time')}" for what, count in sorted(result.drift.items())
    ]
    lines += [f"  {'note':<12} {note}" for note in result.notes]
    if result.missing and result.rejects_open:
        lines.append(f"  {'missing':<12} {result.missing}")
    return "\n".join(lines)


def closing_line(result: SyncResult, options: SyncOptions) -> str:
    """The run in one line."""
    if options.dry_run:
        return _headline(result, options)
    return (
        f"{result.status}: {counted(result.jobs_seen, 'job')} seen, {result.jobs_exported:,} exported, "
        f"{result.jobs_rejected:,} rejected, {counted(result.records_written, 'record')}, "
        f"{counted(result.requests, 'request')}, {_duration(result)}"
        + (f"; {result.missing}" if result.missing else "")
    )


def _headline(result: SyncResult, options: SyncOptions) -> str:
    if result.error is not None:
        return f"{result.status}: what was published stays; the next run goes on from there"
    if options.dry_run:
        records = counted(result.records_open, "record")
        return f"dry run: would export {counted(result.jobs_open, 'job')} with {records}"
    if result.status == "partial" and not result.rejects_open:
        return f"partial: {result.missing}"
    if result.status == "partial":
        command = f"ecore-export rejects {shlex.quote(result.destination)}"
        return f"partial: {counted(result.rejects_open, 'open reject')}, see `{command}`"
    return result.status


def _figures(result: SyncResult, options: SyncOptions) -> list[tuple[str, str]]:
    listed = [
        ("destination", result.destination),
        ("jobs seen", f"{result.jobs_seen:,}, {result.jobs_changed:,} of them new or changed"),
    ]
    if options.dry_run:
        return listed
    return [
        *listed,
        (
            "exported",
            f"{counted(result.jobs_exported, 'job')} with {counted(result.records_written, 'record')}",
        ),
        ("rejected", counted(result.jobs_rejected, "job")),
        ("requests", f"{result.requests:,}, {result.retries:,} of them again after a fault"),
        ("duration", _duration(result)),
    ]


def _duration(result: SyncResult) -> str:
    if result.finished_at is None:
        return ""
    return f"{(result.finished_at - result.started_at).total_seconds():.1f} s"
