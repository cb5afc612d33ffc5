"""A connection to the API for commands that ask for one thing. In: settings. Out: `Endpoints`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..api import Endpoints
    from ..settings import Settings


@contextmanager
def connected(settings: Settings) -> Iterator[Endpoints]:
    """The API's endpoints, the connection closed at the end."""
    from ..api import Api, Decoder, Endpoints

    api = Api(settings)
    try:
        yield Endpoints(api, Decoder())
    finally:
        api.close()
