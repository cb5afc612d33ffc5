"""Plain pandas: `json_normalize` page by page, then `to_parquet` or `to_sql` with their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from ..cases import Work
from .gets import INLINE, connection, paths


def to_parquet(work: Work) -> None:
    """One file in the target."""
    folder = Path(work.target)
    folder.mkdir()
    pd.concat(_frames(work), ignore_index=True).to_parquet(folder / "records.parquet")


def to_postgres(work: Work) -> None:
    """Append all records to the table ``records``, page by page."""
    engine = sa.create_engine(work.target.replace("postgresql:", "postgresql+psycopg:", 1))
    for frame in _frames(work):
        frame.to_sql("records", engine, if_exists="append", index=False)
    engine.dispose()


def _frames(work: Work) -> Iterator[pd.DataFrame]:
    with connection(work) as http:
        for job_id, path in paths(work):
            answer = http.get(path).raise_for_status().json()
            frame = pd.json_normalize(answer["records" if work.records <= INLINE else "results"])
            frame["processed_at"] = pd.to_datetime(frame["processed_at"], utc=True, format="ISO8601")
            frame.insert(0, "job_id", job_id)
            yield frame
