"""Whether a destination holds what is asked of it: an export at all, and that account's.

In: a destination, the label of an account. Out: nothing, or a `DestinationError` that says what is there. A
mistyped place or label is no empty one: without this, no rows would read as good news.
"""

from __future__ import annotations

from typing import Any

from ..errors import DestinationError
from .contract import Destination


def check_exported(destination: Destination, account: str | None = None) -> None:
    """Raise `DestinationError` where nothing was ever exported, or nothing of that account (None: any)."""
    if destination.schema_version() is None:
        raise DestinationError(
            f"nothing was ever exported to {destination.url}; run `ecore-export sync` first"
        )
    if account is None:
        return
    labels = account_labels(destination)
    if account not in labels and not destination.count_jobs(account):
        raise DestinationError(f"{destination.url} holds no account {account!r}; {named(labels)}")


def account_labels(destination: Destination) -> list[str]:
    """The labels of all accounts that runs were made for, in order."""
    labels: list[Any] = destination.read_runs()["account"].unique().to_pylist()
    return sorted(labels)


def named(labels: list[str]) -> str:
    """The labels in words, for a message."""
    if not labels:
        return "no run was ever made there"
    shown = ", ".join(map(repr, labels[:10])) + (f" and {len(labels) - 10} more" if labels[10:] else "")
    return f"there is {shown}: give it as --account" if len(labels) == 1 else f"there are {shown}"
