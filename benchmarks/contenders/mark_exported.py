"""Says of every job in a destination that its records are exported, though none are: a long history, quickly.

In: a destination whose jobs were listed. Out: the same, its jobs changed. A sync that finds nothing new
looks at `jobs` alone, so it cannot tell the difference.
"""

from __future__ import annotations

import sys

import pyarrow as pa

from ecore_export.destinations import Publication, open_destination

ACCOUNT = "default"
SLICE = 100_000


def main(url: str) -> None:
    """Publish every job again, slice by slice, with ``records_exported`` filled in."""
    destination = open_destination(url)
    jobs = destination.read_jobs(ACCOUNT)
    with destination.lock(0):
        for start in range(0, len(jobs), SLICE):
            destination.publish(Publication(ACCOUNT, _marked(jobs.slice(start, SLICE))))
    destination.close()


def _marked(jobs: pa.Table) -> pa.Table:
    place = jobs.schema.get_field_index("records_exported")
    jobs = jobs.set_column(place, jobs.schema.field(place), jobs.column("total_records"))
    place = jobs.schema.get_field_index("is_reconciled")
    return jobs.set_column(place, jobs.schema.field(place), pa.repeat(pa.scalar(True), len(jobs)))


if __name__ == "__main__":
    main(sys.argv[1])
