"""How many requests are under way at once: few at first, more while the server keeps up, else fewer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from scripted_api import json_reply, settings

from ecore_export import errors
from ecore_export.api import Api
from ecore_export.pace import Pace


class Clock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def ask(pace: Pace, clock: Clock, times: int, seconds: float, *, is_overload: bool = False) -> None:
    for _ in range(times):
        with pace.turn("records", lambda: False) as turn:
            clock.now += seconds
            turn.is_overload = is_overload


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_begins_with_few_and_grows_to_the_most_while_answers_come_as_usual(clock: Clock) -> None:
    pace = Pace(8, clock)
    assert pace.limit == 2
    ask(pace, clock, 2, 0.05)
    assert pace.limit == 4
    ask(pace, clock, 30, 0.05)
    assert pace.limit == 8


def test_one_worker_is_one_request_at_a_time(clock: Clock) -> None:
    pace = Pace(1, clock)
    ask(pace, clock, 20, 0.05)
    assert pace.limit == 1


def test_slow_answers_take_a_part_away_until_they_are_as_usual_again(clock: Clock) -> None:
    pace = Pace(8, clock)
    ask(pace, clock, 50, 0.05)
    ask(pace, clock, 8, 0.5)
    slowed = pace.limit
    assert slowed < 8
    ask(pace, clock, 100, 0.05)
    assert pace.limit == 8


def test_overload_halves_it_once_for_all_that_were_under_way_and_it_grows_back_slowly(clock: Clock) -> None:
    pace = Pace(8, clock)
    ask(pace, clock, 50, 0.05)
    ask(pace, clock, 4, 0.05, is_overload=True)
    assert pace.limit == 4
    ask(pace, clock, 4, 0.05)
    assert pace.limit == 5
    ask(pace, clock, 100, 0.05, is_overload=True)
    assert pace.limit == 1
    ask(pace, clock, 1, 0.05)
    assert pace.limit == 2


def test_kinds_that_take_different_times_are_no_sign_of_load(clock: Clock) -> None:
    pace = Pace(8, clock)
    for kind, seconds in [("list", 0.01), ("records", 0.4)] * 50:
        with pace.turn(kind, lambda: False) as turn:
            clock.now += seconds
            turn.is_overload = False
    assert pace.limit == 8


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
    monkeypatch.setattr(api, "_pace", Pace(8, clock))
    for _ in range(40):
        api.get("jobs/", {}, bytes)
    before = api._pace.limit
    with pytest.raises((errors.ServerError, errors.DailyCapError)):
        api.get("jobs/", {}, bytes)
    api.close()
    assert (before, api._pace.limit) == (8, 4)
