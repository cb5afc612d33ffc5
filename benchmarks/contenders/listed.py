"""Records as DataFrames, page by page, as a plain script would. Called by the pandas contenders."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from .asked import Asked
from .bare import connection
from .paths import paths


def frames(asked: Asked) -> Iterator[pd.DataFrame]:
    """One DataFrame an answer, by `pandas.json_normalize`."""
    with connection(asked) as http:
        for path in paths(asked):
            answer = http.get(path).raise_for_status().json()
            frame = pd.json_normalize(answer["records" if asked.is_inline else "results"])
            frame["processed_at"] = pd.to_datetime(frame["processed_at"], utc=True, format="ISO8601")
            frame.insert(0, "job_id", int(path.split("/")[2]))
            yield frame
