"""Nothing but the requests, eight in flight: the most that eight connections can bring. Writes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from .asked import Asked, asked
from .bare import connection
from .paths import paths

IN_FLIGHT = 8


def fetch(asked: Asked) -> None:
    """Read every answer once, eight threads sharing one pool of connections."""
    with connection(asked) as http, ThreadPoolExecutor(IN_FLIGHT) as executor:
        for answer in executor.map(lambda path: http.get(path).raise_for_status().is_success, paths(asked)):
            if not answer:
                raise SystemExit(1)


if __name__ == "__main__":
    fetch(asked())
