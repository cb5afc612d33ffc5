"""What publishing one huge job into Delta tables takes of memory: it does not grow with the job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from peak_memory import run_script

ROWS, MOST_MB = 2_000_000, 100
"""All these rows as Arrow has them are 370 MB; a queue of a good third of them would show."""

SCRIPT = """
import json, random, sys
from dataclasses import replace

import pyarrow as pa
from destination_rows import make_job, publication, record_row, to_table
from peak_memory import peak_mb

from ecore_export import schema
from ecore_export.destinations import open_destination

BATCH_ROWS = 20_000
job = make_job(7, 0)
template = to_table(schema.RECORDS, [record_row(job.row, 0)]).take([0] * BATCH_ROWS).combine_chunks()
names = [random.randbytes(12).hex() for _ in range(BATCH_ROWS)]

def batches(rows):
    # quicker than any writer, and with texts that do not repeat near each other
    for start in range(0, rows, BATCH_ROWS):
        turned = names[start // BATCH_ROWS :] + names[: start // BATCH_ROWS]
        new = {
            "record_id": pa.array(range(start, start + BATCH_ROWS)),
            "email": pa.array([f"{name}@example.com" for name in turned]),
            "ec_id": pa.array(turned),
        }
        columns = [new.get(name, template[name]) for name in schema.RECORDS.names]
        yield from pa.table(columns, schema=schema.RECORDS.arrow).combine_chunks().to_batches()

def of(rows):
    jobs = publication(job).jobs
    place = jobs.column_names.index("records_exported")
    jobs = jobs.set_column(place, jobs.schema.field(place), pa.array([rows]))
    return replace(
        publication(job), jobs=jobs, exported=(7,), records=lambda: batches(rows), record_rows=rows
    )

destination = open_destination(sys.argv[1])
destination.ensure_schema()
rows = int(sys.argv[2])
peaks = []
for publishing in (of(BATCH_ROWS), of(rows), of(rows)):
    destination.publish(publishing)
    peaks.append(peak_mb())
versions = destination._tables[schema.RECORDS].present().version
print(json.dumps([peaks, destination.count(schema.RECORDS), versions]))
"""


@pytest.mark.slow
def test_a_huge_job_is_published_and_published_again_in_flat_memory(tmp_path: Path) -> None:
    (small, once, again), rows, version = json.loads(run_script(SCRIPT, f"delta:{tmp_path}", str(ROWS)))
    assert rows == ROWS
    assert version == 2, "filled, and filled again; the same rows for a third time change nothing"
    assert once - small < MOST_MB
    assert again - small < MOST_MB
