"""What the API sends that its reference does not know: counted, reported, harmless.

In: notes. Out: how often each was made.
"""

from __future__ import annotations

import threading
from collections import Counter

from ..addresses import may_mention


class Drift:
    """What the API sent that its reference does not know, and how often. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: Counter[str] = Counter()

    def note(self, text: str) -> None:
        """Count one more of this kind."""
        with self._lock:
            self._notes[text] += 1

    def notes(self) -> dict[str, int]:
        """Every kind of drift with how often it was met."""
        with self._lock:
            return dict(self._notes)


def shown(text: str) -> str:
    """A name or value of the payload, fit for a report: short, ASCII and never an address."""
    return ascii(text[:40]) if not may_mention(text) else "'…@…'"
