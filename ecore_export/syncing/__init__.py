"""Exporting what is new: discover, fetch, reconcile, publish, and record the run.

Read in this order: `options`, `changes`, `runs`, `rejects`, `account_guard` and `known_jobs` (what is known),
`discover` over `job_list` (what there is), `export` over `publisher` (records), `list_groups`, `engine` (one
run from beginning to end); then `erasing`.
"""

from .account_guard import AccountGuard
from .changes import differs
from .engine import accept, run_sync, sync
from .erasing import erase, forget, labels_twice, prune
from .export import JOBS_AT_ONCE
from .list_groups import ListAstray, lists_astray, regroup
from .options import SyncOptions, SyncResult
from .runs import agreed_privacy, pruned_before

__all__ = [
    "JOBS_AT_ONCE",
    "AccountGuard",
    "ListAstray",
    "SyncOptions",
    "SyncResult",
    "accept",
    "agreed_privacy",
    "differs",
    "erase",
    "forget",
    "labels_twice",
    "lists_astray",
    "prune",
    "pruned_before",
    "regroup",
    "run_sync",
    "sync",
]
