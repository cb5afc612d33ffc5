"""`load_records` as a notebook calls it: how much memory the call takes, beside the frame that it returns.

In: the API's address, how much there is; ``target`` is the dtype backend. Out: on stdout, megabytes as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import get_args

import ecore_export as ee
from ecore_export.client import DtypeBackend

from .asked import asked

MB = 1024 * 1024


def main() -> None:
    """Load every record of every job."""
    given = asked()
    backend: DtypeBackend = get_args(DtypeBackend)[get_args(DtypeBackend).index(given.target)]
    with ee.Client(dtype_backend=backend) as client:
        client.load_jobs()  # what is imported on first use is no cost of the records
        before = _status_mb("VmRSS")
        frame = client.load_records(range(1, given.jobs + 1))
    if len(frame) != given.jobs * given.records:
        raise SystemExit(f"{len(frame)} records came")
    said = {
        "before_mb": before,
        "peak_mb": _status_mb("VmHWM"),
        "after_mb": _status_mb("VmRSS"),
        "frame_mb": int(frame.memory_usage(deep=True).sum()) / MB,
    }
    sys.stdout.write(json.dumps(said) + "\n")


def _status_mb(name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
