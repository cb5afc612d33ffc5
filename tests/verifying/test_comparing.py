"""What counts as the same: one comparison for sync and verify, at the precision that a destination stores."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import Account, Reply, http_client_of, settings

from ecore_export.destinations import Destination, open_destination
from ecore_export.schema import Kind
from ecore_export.syncing import SyncOptions, SyncResult, differs, run_sync
from ecore_export.verifying import VerifyResult, verify

LARGE = "12345678901234.123456"


class Exactly:
    """An account whose credits are given in all their digits, which JSON of floats would not have."""

    def __init__(self, *credits: str) -> None:
        self.account = Account()
        for job_id, digits in enumerate(credits, start=1):
            self.account.add(job_id, 3)
            self.charge(job_id, digits)

    def charge(self, job_id: int, digits: str) -> None:
        self.account.job(job_id)["total_credits_charged"] = f"credits {digits}"

    def handle(self, *request: Any) -> Reply:
        reply = self.account.handle(*request)
        return replace(reply, body=re.sub(rb'"credits ([^"]+)"', rb"\1", reply.body))

    def sync(self, destination: Destination, **options: Any) -> SyncResult:
        options = {"full": True, **options}
        result = run_sync(
            settings(), destination, SyncOptions(**options), http_client=http_client_of(self.handle)
        )
        assert result.error is None
        return result

    def verify(self, destination: Destination, **options: Any) -> VerifyResult:
        result = verify(settings(), destination, http_client=http_client_of(self.handle), **options)
        assert result.error is None
        return result


def test_credits_beyond_what_is_stored_are_the_same_to_sync_and_to_verify(destination: Destination) -> None:
    api = Exactly(LARGE, f"-{LARGE}", "9999999999999999999999.999999", "1e21", "1234567890.123456", "3.5")
    api.sync(destination)
    assert api.sync(destination).jobs_changed == 0
    assert api.verify(destination).findings == []


def test_another_figure_is_seen_by_both(destination: Destination) -> None:
    api = Exactly(LARGE, LARGE, LARGE, "3.5")
    api.sync(destination)
    for job_id, changed in enumerate(("12345678901234.223456", "12345678901233.123456", "3.5"), start=1):
        api.charge(job_id, changed)
    found = {finding.job_id: finding.reasons for finding in api.verify(destination).findings}
    assert found == dict.fromkeys((1, 2, 3), ("facts differ: total_credits_charged",))
    assert api.verify(destination, fix=True).fixed == {1, 2, 3}
    assert api.verify(destination).agrees
    assert api.sync(destination).jobs_changed == 0


def test_where_credits_are_exact_the_last_digit_counts(tmp_path: Any) -> None:
    destination = open_destination(f"parquet:{tmp_path / 'warehouse'}")
    api = Exactly(LARGE)
    api.sync(destination)
    api.charge(1, "12345678901234.123457")
    assert api.verify(destination).jobs_differing == 1
    assert api.sync(destination).jobs_changed == 1
    assert api.verify(destination).agrees


def is_different(said: Any, stored: Any, kind: Kind = Kind.CREDITS) -> bool:
    (answer,) = differs(pa.chunked_array([[said]], kind.arrow), pa.chunked_array([[stored]], kind.arrow))
    return bool(answer.as_py())


amounts = st.decimals(min_value=-(10**21), max_value=10**21, places=6)


def from_sqlite(amount: Decimal) -> Decimal:
    return Decimal(repr(float(amount))).quantize(Decimal("0.000001"))


@given(amounts)
def test_an_amount_is_what_a_double_makes_of_it_and_itself(amount: Decimal) -> None:
    assert not is_different(amount, amount)
    assert not is_different(amount, from_sqlite(amount))


@given(amounts, amounts, st.sampled_from([Decimal, from_sqlite]))
def test_amounts_that_differ_within_15_digits_differ(
    amount: Decimal, other: Decimal, stored: Callable[[Decimal], Decimal]
) -> None:
    if f"{amount:.14e}" != f"{other:.14e}" and abs(amount - other) > abs(amount) * Decimal("2e-15"):
        assert is_different(amount, stored(other))


@pytest.mark.parametrize(
    ("said", "stored", "differ"),
    [("a", "a", False), ("a", None, True), (None, "a", True), (None, None, False), ("\0", "\ufffd", False)],
)
def test_null_is_like_null_alone_and_nul_like_its_replacement(said: Any, stored: Any, differ: bool) -> None:
    assert is_different(said, stored, Kind.TEXT) is differ
