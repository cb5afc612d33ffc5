"""How work comes along, for whoever looks: loads in `of_loads`, syncs and verifications in `of_runs`.

`bars` draws, on a terminal or in a notebook.
"""

from .of_loads import JobsListed, RecordsRead, shown_load
from .of_runs import Progress, shown_run, shown_sync

__all__ = ["JobsListed", "Progress", "RecordsRead", "shown_load", "shown_run", "shown_sync"]
