"""How work comes along, for whoever looks: loads in `bar` and `counts`, syncs and verifications in `of_runs`.

`counts` watches the endpoints that a load calls, `bar` shows what they have brought.
"""

from .bar import shown_load
from .counts import JobsListed, RecordsRead
from .of_runs import Progress, shown_run

__all__ = ["JobsListed", "Progress", "RecordsRead", "shown_load", "shown_run"]
