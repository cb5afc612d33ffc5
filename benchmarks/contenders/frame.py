"""`load_records` as a notebook calls it: how much memory the call takes, beside the frame that it returns."""

from __future__ import annotations

import json
import resource
import sys
from typing import Literal

import ecore_export as ee

from ..cases import Work
from ..process import MB, RSS_UNIT


def numpy_nullable(work: Work) -> None:
    """With the default types."""
    _load(work, "numpy_nullable")


def pyarrow(work: Work) -> None:
    """With Arrow types."""
    _load(work, "pyarrow")


def _load(work: Work, backend: Literal["numpy_nullable", "pyarrow"]) -> None:
    with ee.Client(dtype_backend=backend) as client:
        client.load_jobs()  # what is imported on first use is no cost of the records
        before_mb = _peak_mb()
        frame = client.load_records(range(1, work.jobs + 1))
    taken_mb = _peak_mb() - before_mb
    if len(frame) != work.jobs * work.records:
        raise SystemExit(f"{len(frame)} records came")
    frame_mb = int(frame.memory_usage(deep=True).sum()) / MB
    said = {"frame_mb": frame_mb, "taken_mb": taken_mb, "taken / frame": taken_mb / frame_mb}
    sys.stdout.write(json.dumps({name: round(figure, 2) for name, figure in said.items()}) + "\n")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT / MB
