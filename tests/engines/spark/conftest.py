"""Spark with its executors, once for all tests: it takes half a minute to come up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from counted_api import CountedApi, counted
from scripted_api import TOKEN

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:  # pyspark's own, with pandas 3
        item.add_marker(pytest.mark.filterwarnings("default:PySpark does not yet:FutureWarning"))


@pytest.fixture(scope="session")
def spark_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Spark writes: its event log is in ``events``."""
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="session")
def spark(spark_folder: Path) -> Iterator[SparkSession]:
    """Two executors of one core each, and a driver, in whose environment the token is."""
    from spark_session import all_up, start_spark

    from ecore_export.integrations.spark import EcoreDataSource

    session = start_spark(2, spark_folder, TOKEN)
    session.dataSource.register(EcoreDataSource)
    all_up(session, 2)
    yield session
    session.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., CountedApi]]:
    """Puts an API on a port, and the driver's environment to it."""
    with pytest.MonkeyPatch.context() as environment, ExitStack() as stack:

        def served(handle: Callable[..., Any], *, latency_s: float = 0.0) -> CountedApi:
            api = stack.enter_context(counted(handle, latency_s=latency_s))
            environment.setenv("ECORE_BASE_URL", api.base_url)
            environment.setenv("ECORE_API_TOKEN", TOKEN)
            environment.setenv("ECORE_ATTEMPTS", "2")
            return api

        yield served
