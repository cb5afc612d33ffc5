"""Lists that stand in another group than the rule in force gives: found, and set right.

In: a destination, which changed by other hands than a run's. Out: what differs; rows of `schema.LIST_GROUPS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from .. import schema
from ..destinations import Destination, Selection, read_arrow, read_jobs
from ..grouping import group_rows
from .list_groups import rule_of
from .runs import LOCK_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class ListAstray:
    """A list that every view puts into ``list_group``, while the rule in force gives ``expected``."""

    list_name: str
    list_group: str
    expected: str


def lists_astray(
    destination: Destination, account: str, job_ids: Sequence[int] | None = None
) -> list[ListAstray]:
    """Those among the lists of these jobs, or among all that are known; by name.

    A list without a row is its own group, as in the views. One that can have no row, such as one whose name
    holds an address, is left alone. Jobs are read first: the row of a list is there before its first job.
    """
    named: Any = read_jobs(destination, account, job_ids=job_ids, columns=["list_name"])["list_name"]
    rows = read_arrow(destination, schema.LIST_GROUPS, Selection(account))
    stored = _by_name(rows)
    names = [*named.chunks, *(rows["list_name"].chunks if job_ids is None else ())]
    due = _by_name(group_rows(account, pa.chunked_array(names, pa.string()), rule_of(destination, account)))
    return [
        ListAstray(name, found, expected)
        for name, expected in sorted(due.items())
        if (found := stored.get(name, name)) != expected
    ]


def regroup(destination: Destination, account: str, job_ids: Sequence[int] | None = None) -> None:
    """Put the lists that `lists_astray` finds where the rule wants them, under the destination's lock."""
    with destination.lock(LOCK_TIMEOUT_S):
        destination.ensure_schema()
        rows = [
            {"account": account, "list_name": found.list_name, "list_group": found.expected}
            for found in lists_astray(destination, account, job_ids)
        ]
        if rows:
            destination.merge(schema.LIST_GROUPS, pa.Table.from_pylist(rows, schema.LIST_GROUPS.arrow))


def _by_name(rows: pa.Table) -> dict[str, str]:
    names: list[Any] = rows["list_name"].to_pylist()
    groups: list[Any] = rows["list_group"].to_pylist()
    return dict(zip(names, groups, strict=True))
