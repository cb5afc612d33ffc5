"""Exporting what is new: discover, fetch, reconcile, publish, and record the run.

Read in this order: `options`, `changes`, `rejects`, `ledger` (what is known), `discover` (what there is),
`export` over `publisher` (records), `runs`, `engine` (one run from beginning to end);
then `agreement`, `erasing` and `forgetting`.
"""

from .engine import accept, run_sync, sync
from .erasing import erase, prune
from .forgetting import forget
from .options import Progress, SyncOptions, SyncResult

__all__ = [
    "Progress",
    "SyncOptions",
    "SyncResult",
    "accept",
    "erase",
    "forget",
    "prune",
    "run_sync",
    "sync",
]
