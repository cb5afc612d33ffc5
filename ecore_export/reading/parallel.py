"""Ordered results from concurrent calls, with a bounded number in flight.

In: a function and a stream of arguments. Out: its results in the order of the arguments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

A = TypeVar("A")
R = TypeVar("R")


def ordered_map(
    executor: Executor, function: Callable[[A], R], arguments: Iterable[A], *, in_flight: int
) -> Iterator[R]:
    """Like `map`, computed ahead by at most ``in_flight`` calls; what is not consumed bounds what is begun.

    The first error is raised in its place. On an error, or when the caller stops early, calls that have not
    begun are cancelled.
    """
    stream = iter(arguments)
    window: deque[Future[R]] = deque()
    try:
        window.extend(executor.submit(function, a) for a in islice(stream, in_flight))
        while window:
            result = window.popleft().result()
            window.extend(executor.submit(function, a) for a in islice(stream, 1))
            yield result
    finally:
        for future in window:
            future.cancel()
