"""How a load comes along: `counts` watches the endpoints it calls, `bar` shows what they have brought."""

from .bar import shown_load
from .counts import JobsListed, RecordsRead

__all__ = ["JobsListed", "RecordsRead", "shown_load"]
