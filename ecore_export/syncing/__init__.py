"""Exporting what is new: discover, fetch, reconcile, publish, and record the run.

Read in this order: `options`, `changes`, `rejects`, `ledger` (what is known), `discover` (what there is),
`export` over `publisher` (records), `runs`, `engine` (one run from beginning to end);
then `agreement`, `erasing` and `forgetting`.
"""

from .agreement import agreed_privacy, pruned_before
from .changes import differs
from .engine import accept, run_sync, sync
from .erasing import erase, prune
from .export import JOBS_AT_ONCE
from .failures import Failures
from .forgetting import forget, labels_twice
from .gaps import read_gap
from .ledger import Ledger
from .options import Progress, SyncOptions, SyncResult
from .session import session

__all__ = [
    "JOBS_AT_ONCE",
    "Failures",
    "Ledger",
    "Progress",
    "SyncOptions",
    "SyncResult",
    "accept",
    "agreed_privacy",
    "differs",
    "erase",
    "forget",
    "labels_twice",
    "prune",
    "pruned_before",
    "read_gap",
    "run_sync",
    "session",
    "sync",
]
