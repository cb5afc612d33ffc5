"""Numbers with their nouns, for people. In: counts. Out: text."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 job``, ``2,000 jobs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
