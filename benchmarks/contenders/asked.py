"""What every contender is asked for on its command line. Called by the contenders."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

INLINE = 100
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """The API at ``base_url`` has ``jobs`` jobs, ids from 1, of ``records`` records, for ``target``."""

    base_url: str
    target: str
    jobs: int
    records: int

    @property
    def pages(self) -> int:
        """How many pages a job's records take."""
        return max(1, -(-self.records // PAGE))

    @property
    def is_inline(self) -> bool:
        """Whether Job status holds all of a job's records."""
        return self.records <= INLINE


def asked() -> Asked:
    """The arguments of this process."""
    parser = argparse.ArgumentParser()
    for name, kind in (("base-url", str), ("target", str), ("jobs", int), ("records", int)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    return Asked(**vars(parser.parse_args()))
