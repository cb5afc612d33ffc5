"""dlt as its documentation shows it: the REST API source, jobs as parents of their records, all defaults."""

from __future__ import annotations

from typing import Any

from dlt.sources.rest_api import rest_api_source

from .asked import PAGE, Asked, asked
from .dlt_pipeline import is_postgres, pipeline


def source(asked: Asked) -> Any:
    """The API declared as a dlt source."""
    pages = {"type": "page_number", "base_page": 1, "total_path": "total_pages"}
    return rest_api_source(
        {
            "client": {
                "base_url": asked.base_url,
                "headers": {"Authorization": "Token benchmark"},
                "paginator": pages,
            },
            "resources": [
                {
                    "name": "jobs",
                    "primary_key": "id",
                    "endpoint": {"path": "email-validation/jobs/", "params": {"page_size": 100}},
                },
                {
                    "name": "records",
                    "primary_key": "id",
                    "endpoint": {
                        "path": "email-validation/jobs/{resources.jobs.id}/records/",
                        "params": {"page_size": PAGE},
                        "data_selector": "results",
                    },
                    "include_from_parent": ["id"],
                },
            ],
        }
    )


def export(asked: Asked) -> None:
    """Load all jobs and records."""
    with pipeline(asked) as bench:
        bench.run(source(asked), loader_file_format=None if is_postgres(asked) else "parquet")


if __name__ == "__main__":
    export(asked())
