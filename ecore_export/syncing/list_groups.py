"""Which list belongs to which group, in the destination: kept in step with the rule and with the jobs.

In: the rule that a run is given, jobs that are about to be published. Out: rows of `schema.LIST_GROUPS`, the
rule among the destination's entries about itself.

A list's group is there before its first job, so nobody sees the list alone; one that a run died upon waits
for its job. A new rule is kept first, then all lists are sorted anew, then it is kept that they were: a run
that dies in between leaves that to the next one.

Where other hands than a run's changed the destination, lists that stand in another group than the rule gives
are found and set right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import pyarrow as pa

from .. import schema
from ..destinations import Destination, Selection, read_arrow, read_jobs, read_meta, write_meta
from ..grouping import group_rows
from .options import LOCK_TIMEOUT_S

RULE_ENTRY, MADE_ENTRY = "list_groups_rule", "list_groups_made"
"""Entries about an account: its rule, and the rule by which its rows were made. Empty or missing: none."""


class ListGroups:
    """The groups of one account's lists, as one run keeps them. Several threads may use it."""

    def __init__(self, destination: Destination, account: str) -> None:
        self._destination = destination
        self._account = account
        self._rule = ""
        self._known: set[str] | None = None
        self._lock = Lock()

    def agree(self, asked: str | None) -> None:
        """Take the rule ``asked`` for, or else the account's; sort all lists anew if it is another one."""
        entries = read_meta(self._destination)
        self._rule = self._entry(entries, RULE_ENTRY)
        if asked is not None and asked != self._rule:
            self._rule = asked
            self._keep(RULE_ENTRY)
        if self._entry(entries, MADE_ENTRY) != self._rule:
            self._renew()

    def cover(self, jobs: pa.Table) -> None:
        """See that the lists of these jobs have a row, before the jobs are published."""
        if not self._rule:
            return
        with self._lock:
            if self._known is None:
                self._known = set(self._stored_names().to_pylist())
            names: Any = jobs["list_name"].unique()
            new = [name for name in names.to_pylist() if name is not None and name not in self._known]
            if not new:
                return
            self._write(pa.chunked_array([new], pa.string()))
            self._known.update(new)
            if not self._destination.has_one_writer:
                self._heed_others()

    def _heed_others(self) -> None:
        """Another run may have changed the rule since: what was just written by the old one is made anew."""
        rule = _rule_of(self._destination, self._account)
        if rule != self._rule:
            self._rule = rule
            self._renew()

    def _renew(self) -> None:
        """Sort all lists that are known: those of the jobs, and those that have a row."""
        of_jobs = read_jobs(self._destination, self._account, columns=["list_name"])["list_name"]
        self._write(pa.chunked_array([*of_jobs.chunks, *self._stored_names().chunks], pa.string()))
        self._keep(MADE_ENTRY)

    def _write(self, names: Any) -> None:
        self._destination.merge(schema.LIST_GROUPS, group_rows(self._account, names, self._rule))

    def _stored_names(self) -> Any:
        rows = read_arrow(self._destination, schema.LIST_GROUPS, Selection(self._account), ["list_name"])
        return rows["list_name"]

    def _entry(self, entries: dict[str, str], name: str) -> str:
        return entries.get(_entry_of(name, self._account)) or ""

    def _keep(self, name: str) -> None:
        write_meta(self._destination, {_entry_of(name, self._account): self._rule})


def _entry_of(name: str, account: str) -> str:
    return f"{name}:{account}"


def _rule_of(destination: Destination, account: str) -> str:
    """The rule in force for an account's lists; empty where there is none."""
    return read_meta(destination).get(_entry_of(RULE_ENTRY, account)) or ""


def forget_rule(destination: Destination, account: str) -> None:
    """Leave nothing of an account's rule, in which a client's name may stand."""
    entries = read_meta(destination)
    names = [_entry_of(name, account) for name in (RULE_ENTRY, MADE_ENTRY)]
    if any(entries.get(name) for name in names):
        write_meta(destination, dict.fromkeys(names, ""))


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
    due = _by_name(group_rows(account, pa.chunked_array(names, pa.string()), _rule_of(destination, account)))
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
