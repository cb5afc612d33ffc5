"""Nothing but the requests, one after the other: what the wire costs by itself. Writes nothing."""

from __future__ import annotations

from .asked import Asked, asked
from .bare import connection
from .paths import paths


def fetch(asked: Asked) -> None:
    """Read every answer once."""
    with connection(asked) as http:
        for path in paths(asked):
            http.get(path).raise_for_status()


if __name__ == "__main__":
    fetch(asked())
