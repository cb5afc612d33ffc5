"""A stream's offsets and batches, as Spark asks for them, without a JVM: nothing twice, nothing left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from counted_api import CountedApi
from scripted_api import Account
from spark_readers import Rows, by_key, ids, on_executors, stream_of, true_records

from ecore_export import ReconciliationError


class Sink:
    """A stream's far end, and the checkpoint: what Spark keeps of a query."""

    def __init__(self, **options: str) -> None:
        self.options = {"table": "records", **options}
        self.offset: dict[str, Any] | None = None
        self.rows: Rows = []
        self.batches: list[list[int]] = []

    def run(self, *, most: int = 100) -> None:
        """A run with ``availableNow``, by a reader of its own, as after a restart."""
        reader = stream_of(**self.options)
        self.offset = self.offset or reader.initialOffset()
        reader.prepareForTriggerAvailableNow()
        for _ in range(most):
            end = reader.latestOffset(self.offset, None)
            if end == self.offset:
                return
            self.take(reader, end)

    def take(self, reader: Any, end: Mapping[str, Any]) -> None:
        rows = on_executors(stream_of(**self.options), reader.partitions(self.offset, end))
        reader.commit(end)
        self.offset = dict(end)
        self.rows += rows
        self.batches.append(ids(rows))


def test_a_stream_stops_before_the_first_job_that_is_not_final(serve: Callable[..., CountedApi]) -> None:
    account = Account.of_sizes(3, 1_200, 5)
    account.add(4, 7, status="Processing")
    account.add(5, 2)
    api = serve(account.handle)
    sink = Sink()
    sink.run()
    assert sink.batches == [[1, 2, 3]]
    api.reset()
    sink.run()
    assert (sink.batches, len(api.requests)) == ([[1, 2, 3]], 1)
    account.job(4)["status"] = "Processed"
    account.add(6, 1)
    sink.run()
    assert sink.batches == [[1, 2, 3], [4, 5, 6]]
    assert by_key(sink.rows) == true_records(account.handle), "nothing twice, nothing left out"


def test_a_stream_takes_so_many_jobs_a_batch_and_what_comes_later_is_for_the_next_run(
    serve: Callable[..., CountedApi],
) -> None:
    account = Account.of_sizes(*[2] * 7)
    api = serve(account.handle)
    sink = Sink(jobs_per_batch="3", table="jobs")
    sink.run(most=1)
    assert sink.batches == [[1, 2, 3]]
    reader = stream_of(**sink.options)
    reader.prepareForTriggerAvailableNow()
    assert reader.latestOffset(sink.offset, None)["job_id"] == 6
    account.add(8, 2)
    api.reset()
    sink.take(reader, reader.latestOffset(sink.offset, None))
    sink.take(reader, reader.latestOffset(sink.offset, None))
    assert sink.batches[1:] == [[4, 5, 6], [7]]
    assert reader.latestOffset(sink.offset, None) == sink.offset
    assert api.listings == 0
    sink.run()
    assert sink.batches[3:] == [[8]]


def test_a_batch_that_failed_is_read_again_from_the_checkpoint(serve: Callable[..., CountedApi]) -> None:
    account = Account.of_sizes(3, 4, 5)
    serve(account.handle)
    begin = stream_of(table="records").initialOffset()
    end = stream_of(table="records").latestOffset(begin, None)
    account.add(4, 6)
    again = stream_of(table="records")
    assert ids(on_executors(again, again.partitions(begin, end))) == [1, 2, 3]
    assert again.partitions(end, end) == []
    account.job(2)["status"] = "Processing"
    with pytest.raises(ReconciliationError, match="job 2: it was final, and is not any more"):
        stream_of(table="records").partitions(begin, end)


def test_a_stream_of_a_plain_trigger_lists_anew_each_time(serve: Callable[..., CountedApi]) -> None:
    account = Account.of_sizes(*[2] * 250)
    api = serve(account.handle)
    reader = stream_of(table="records", list_name="List 251", since="2026-05-01")
    first = reader.latestOffset(reader.initialOffset(), None)
    assert reader.partitions(reader.initialOffset(), first) == []
    account.add(251, 2)
    account.delete(1)
    account.delete(2)
    api.reset()
    second = reader.latestOffset(first, None)
    assert api.listings <= 2
    assert ids(on_executors(reader, reader.partitions(first, second))) == [251]
    assert reader.latestOffset(second, None) == second
    assert reader.latestOffset() == second, "as Spark 4.1 asks"


def test_a_job_that_shows_up_late_is_found_by_the_count(serve: Callable[..., CountedApi]) -> None:
    account = Account.of_sizes(*[2] * 5)
    serve(account.handle)
    reader = stream_of(table="records")
    first = reader.latestOffset(reader.initialOffset(), None)
    account.add(6, 2, created_at="2020-01-01T00:00:00.000Z")
    account.jobs.append(account.jobs.pop(0))
    second = reader.latestOffset(first, None)
    assert ids(on_executors(reader, reader.partitions(first, second))) == [6]
