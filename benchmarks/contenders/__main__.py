"""Calls the function that the command line names with the work that it describes."""

from __future__ import annotations

import sys
from importlib import import_module

from ..cases import Work

if __name__ == "__main__":
    name, base_url, target, jobs, records = sys.argv[1:]
    module, _, function = name.partition(":")
    work = Work(base_url, target, int(jobs), int(records))
    getattr(import_module(f"benchmarks.contenders.{module}"), function)(work)
