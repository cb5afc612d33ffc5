"""Record batches of a useful size, whatever size they came in.

In: batches as a publication gives them, often one small one a job. Out: tables of about `CHUNK_ROWS` rows, so
that memory stays bounded and the cost of a call is spread over many rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

CHUNK_ROWS = 50_000


def in_chunks(batches: Iterable[pa.RecordBatch], *, chunk_rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
    """The same rows in the same order, in tables of at most ``chunk_rows`` rows, all but the last full."""
    held: list[pa.RecordBatch] = []
    held_rows = 0
    for batch in batches:
        while batch.num_rows:
            part = batch.slice(0, chunk_rows - held_rows)
            batch = batch.slice(part.num_rows)
            held.append(part)
            held_rows += part.num_rows
            if held_rows == chunk_rows:
                yield pa.Table.from_batches(held)
                held, held_rows = [], 0
    if held:
        yield pa.Table.from_batches(held)
