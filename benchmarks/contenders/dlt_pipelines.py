"""dlt, twice: as its documentation shows it, and the best that was found."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.rest_api import rest_api_source

from ..cases import Work
from .bare import tables
from .gets import PAGE


def rest(work: Work) -> None:
    """Its REST API source, jobs as parents of their records, all defaults."""
    jobs = {"path": "email-validation/jobs/", "params": {"page_size": 100}}
    records = {
        "path": "email-validation/jobs/{resources.jobs.id}/records/",
        "params": {"page_size": PAGE},
        "data_selector": "results",
    }
    client = {
        "base_url": work.base_url,
        "headers": {"Authorization": "Token benchmark"},
        "paginator": {"type": "page_number", "base_page": 1, "total_path": "total_pages"},
    }
    resources = [
        {"name": "jobs", "primary_key": "id", "endpoint": jobs},
        {"name": "records", "primary_key": "id", "endpoint": records, "include_from_parent": ["id"]},
    ]
    source = rest_api_source({"client": client, "resources": resources})
    _run(work, source, None if _is_postgres(work) else "parquet")


def loader(work: Work) -> None:
    """As a loader only: Arrow tables of 100,000 rows that the bare floor's code made.

    To PostgreSQL by CSV and merged by key, which is what ecore-export promises too: twice is once.
    """
    is_postgres = _is_postgres(work)
    records = dlt.resource(
        tables(work),
        name="records",
        primary_key=("job_id", "id"),
        write_disposition="merge" if is_postgres else "append",
    )
    _run(work, records, "csv" if is_postgres else "parquet")


def _run(work: Work, source: Any, file_format: str | None) -> None:
    """Load into the data set ``bench``, the pipeline's state in a passing folder."""
    if _is_postgres(work):
        # dlt wants a host and a password; the host after the question mark, a Unix socket, counts.
        url = work.target.replace("postgres@", "postgres:none@localhost", 1)
        destination = dlt.destinations.postgres(url)
    else:
        destination = dlt.destinations.filesystem(Path(work.target).absolute().as_uri())
    with tempfile.TemporaryDirectory(prefix="ecore-bench-dlt-") as folder:
        pipeline = dlt.pipeline("bench", pipelines_dir=folder, destination=destination, dataset_name="bench")
        pipeline.run(source, loader_file_format=file_format)


def _is_postgres(work: Work) -> bool:
    return work.target.startswith("postgresql:")
