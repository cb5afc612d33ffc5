"""Fixtures of the suites of destinations: they go through every store."""

from __future__ import annotations

import pytest
from backends import BACKENDS, Backend


@pytest.fixture(params=BACKENDS, ids=lambda backend: backend.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    return request.param
