"""The bare floor to one Parquet file: zstd, row groups of 100,000, dictionaries where values repeat."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from .asked import Asked, asked
from .bare import LOW_CARDINALITY, SCHEMA, batches, gathered


def export(asked: Asked) -> None:
    """Write all records to a file in the folder ``target``."""
    folder = Path(asked.target)
    folder.mkdir(parents=True)
    with pq.ParquetWriter(
        folder / "records.parquet",
        SCHEMA,
        compression="zstd",
        use_dictionary=list(LOW_CARDINALITY),  # type: ignore[arg-type]
    ) as writer:
        for table in gathered(batches(asked)):
            writer.write_table(table)


if __name__ == "__main__":
    export(asked())
