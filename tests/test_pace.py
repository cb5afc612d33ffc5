"""How many requests are under way at once: few at first, more while the server keeps up, else fewer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from scripted_api import json_reply, settings

from ecore_export import errors
from ecore_export.api import Api
from ecore_export.pace import HOLD, LEARNT, Pace


class Clock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def full(pace: Pace, kind: str = "records") -> Iterator[None]:
    """All turns but one are taken, by requests that began before as many were under way."""
    with ExitStack() as held:
        others = [held.enter_context(pace.turn(kind, lambda: True)) for _ in range(pace.limit(kind) - 1)]
        for other in others:
            other.is_overload = False
        yield


def ask(pace: Pace, clock: Clock, times: int, seconds: Callable[[int], float], kind: str = "records") -> None:
    """Requests with as many under way as may be; ``seconds``: how long one takes with so many."""
    for _ in range(times):
        with full(pace, kind), pace.turn(kind, lambda: True) as turn:
            clock.now += seconds(pace.limit(kind))
            turn.is_overload = False


def meet_overload(pace: Pace, times: int) -> None:
    """Several requests that were under way together meet the same overload."""
    with ExitStack() as held:
        for _ in range(times):
            held.enter_context(pace.turn("records", lambda: True))


def far_away(_: int) -> float:
    """A server whose answers take as long whatever it is asked beside."""
    return 0.05


def busy(at_once: int) -> float:
    """A server that does one thing at a time."""
    return 0.05 * at_once


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_begins_with_few_and_grows_to_the_most_while_that_brings_more(clock: Clock) -> None:
    pace = Pace(8, clock)
    assert pace.limit("records") == 2
    ask(pace, clock, LEARNT, far_away)
    assert pace.limit("records") == 4
    ask(pace, clock, LEARNT, far_away)
    assert pace.limit("records") == 8


def test_one_worker_is_one_request_at_a_time(clock: Clock) -> None:
    pace = Pace(1, clock)
    ask(pace, clock, 20, far_away)
    assert pace.limit("records") == 1


def test_growth_that_only_makes_answers_wait_is_taken_back_and_tried_again_much_later(clock: Clock) -> None:
    pace = Pace(8, clock)
    limits = []
    for _ in range(HOLD * 3):
        ask(pace, clock, 1, busy)
        limits.append(pace.limit("records"))
    assert limits[20:180] == [2] * 160
    assert 0 < sum(limit > 2 for limit in limits[180:]) < 20


def test_growth_in_small_steps_is_measured_by_what_it_brought_in_all(clock: Clock) -> None:
    """A step from 7 to 8 brings a seventh at best, which no two measurements can tell from noise."""
    pace = Pace(32, clock)
    limits = []
    for _ in range(HOLD * 20):
        ask(pace, clock, 1, lambda at_once: 0.05 * max(at_once / 4.2, 1))
        limits.append(pace.limit("records"))
    assert min(limits[HOLD * 5 :]) >= 4
    assert max(limits) <= 8


def test_one_slow_answer_in_four_changes_nothing(clock: Clock) -> None:
    pace = Pace(8, clock)
    ask(pace, clock, 100, far_away)
    for _ in range(50):
        ask(pace, clock, 1, lambda _: 2.0)
        ask(pace, clock, 3, far_away)
        assert pace.limit("records") == 8


def test_answers_that_become_slow_take_most_away_and_it_grows_again(clock: Clock) -> None:
    pace = Pace(8, clock)
    ask(pace, clock, 100, far_away)
    for _ in range(2 * LEARNT):
        ask(pace, clock, 1, lambda _: 0.5)
        if pace.limit("records") < 8:
            break
    assert pace.limit("records") == 2
    ask(pace, clock, 100, lambda _: 0.2)
    assert pace.limit("records") == 8


def test_overload_halves_it_once_for_all_that_were_under_way_and_it_grows_back_slowly(clock: Clock) -> None:
    pace = Pace(8, clock)
    ask(pace, clock, 100, far_away)
    meet_overload(pace, 8)
    assert pace.limit("records") == 4
    ask(pace, clock, LEARNT, far_away)
    assert pace.limit("records") == 5
    ask(pace, clock, 100, far_away)
    assert pace.limit("records") == 8


def test_overload_without_end_leaves_one_request_at_a_time(clock: Clock) -> None:
    pace = Pace(8, clock)
    ask(pace, clock, 100, far_away)
    for _ in range(10):
        meet_overload(pace, 1)
        ask(pace, clock, 1, far_away)
    assert pace.limit("records") == 1


def test_kinds_that_take_different_times_do_not_disturb_each_other(clock: Clock) -> None:
    pace = Pace(8, clock)
    for kind, seconds in [("list", 0.01), ("records", 0.4)] * 50:
        ask(pace, clock, 1, lambda _, seconds=seconds: seconds, kind)
    assert (pace.limit("list"), pace.limit("records")) == (8, 8)


def test_a_turn_is_waited_for_and_given_at_once_when_waiting_is_pointless() -> None:
    pace = Pace(1)
    is_over = threading.Event()
    begun = threading.Event()

    def second() -> None:
        with pace.turn("records", is_over.is_set) as turn:
            turn.is_overload = False
            begun.set()

    with ThreadPoolExecutor(1) as executor:
        with pace.turn("records", lambda: False) as turn:
            turn.is_overload = False
            waiting = executor.submit(second)
            assert not begun.wait(0.05)
            is_over.set()
            assert begun.wait(10)
        waiting.result(10)


def test_requests_under_way_never_exceed_the_limit_and_come_to_use_all_of_it() -> None:
    under_way, most, lock = 0, 0, threading.Lock()
    full = threading.Event()

    def handle(*_: object) -> object:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
            if under_way == 4:
                full.set()
        full.wait(0.02)
        with lock:
            under_way -= 1
        return json_reply({})

    api = Api(settings(workers=4), handler=handle)
    with ThreadPoolExecutor(12) as executor:
        list(executor.map(lambda _: api.get("jobs/", {}, bytes), range(100)))
    api.close()
    assert most == 4


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_overloaded_api_is_asked_for_less_at_once(
    status: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [200] * 40 + [status] * 3
    api = Api(settings(workers=8, attempts=1), handler=lambda *_: json_reply({}, answers.pop(0)))
    pace = Pace(8, clock)
    monkeypatch.setattr(api, "_pace", pace)
    for _ in range(40):
        with full(pace, "jobs/"):
            api.get("jobs/", {}, bytes)
    before = pace.limit("jobs/")
    with pytest.raises((errors.ServerError, errors.DailyCapError)):
        api.get("jobs/", {}, bytes)
    api.close()
    assert (before, pace.limit("jobs/")) == (8, 4)
