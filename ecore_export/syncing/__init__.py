"""Exporting what is new: discover, fetch, reconcile, publish, and record the run.

Read in this order: `options`, `changes`, `rejects`, `ledger` (what is known), `discover` (what there is),
`export` over `publisher` (records), `runs`, `engine` (one run from beginning to end);
then `agreement` and `removal` (privacy), and `verify`.
"""

from .engine import accept, run_sync, sync
from .forgetting import forget
from .options import Progress, SyncOptions, SyncResult
from .removal import erase, prune
from .verify import VerifyResult, verify

__all__ = [
    "Progress",
    "SyncOptions",
    "SyncResult",
    "VerifyResult",
    "accept",
    "erase",
    "forget",
    "prune",
    "run_sync",
    "sync",
    "verify",
]
