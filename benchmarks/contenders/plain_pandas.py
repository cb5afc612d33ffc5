"""Plain pandas to one Parquet file: `json_normalize` page by page, concat, `to_parquet`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from .asked import Asked, asked
from .listed import frames


def export(asked: Asked) -> None:
    """Write all records to a file in the folder ``target``."""
    folder = Path(asked.target)
    folder.mkdir(parents=True)
    pd.concat(frames(asked), ignore_index=True).to_parquet(folder / "records.parquet")


if __name__ == "__main__":
    export(asked())
