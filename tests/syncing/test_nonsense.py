"""One job's nonsense is that job's: it is rejected, in every privacy mode, and the others are exported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scripted_api import Account, Reply
from sync_truth import Warehouse

from ecore_export.api import Api
from ecore_export.settings import Secret

pytestmark = pytest.mark.thorough

DEEP = b"[" * 480 + b"]" * 480
NONSENSE = {
    "NaN": (b'"is_cached": NaN', "NaN, which is not JSON"),
    "deep": (b'"is_cached": false, "new": ' + DEEP, "nested more than 100 levels deep"),
    "deeper": (
        b'"is_cached": false, "new": ' + DEEP[:480] * 99 + DEEP[480:] * 99,
        "nested more than 100 levels deep",
    ),
    "twice": (b'"is_cached": false, "is_cached": true', "the key comes twice"),
}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


@pytest.mark.parametrize("pii", ["keep", "hash", "drop"])
@pytest.mark.parametrize("kind", NONSENSE)
@pytest.mark.parametrize("job_id", [2, 3], ids=["inline", "paged"])
def test_nonsense_in_a_record_rejects_its_job_alone(job_id: int, kind: str, pii: str, tmp_path: Path) -> None:
    account = Account.of_sizes(5, 20, 150, 7)
    literal, what = NONSENSE[kind]
    target = f"jobs/{job_id}/" if job_id == 2 else f"jobs/{job_id}/records/"

    def before(asked: str) -> Reply | None:
        if asked.partition("?")[0] != target:
            return None
        reply = account._answer(asked)
        return Reply(200, reply.body.replace(b'"is_cached": false', literal, 1))

    account.before = before
    warehouse = Warehouse(f"parquet:{tmp_path}/warehouse", account.handle)
    warehouse.settings = replace(warehouse.settings, pii_key=Secret("k" * 32))
    result = warehouse.sync(pii=pii)
    assert (result.status, result.error) == ("partial", None)
    assert warehouse.exported_ids() == {1, 2, 3, 4} - {job_id}
    (reject,) = warehouse.rejects()
    assert (reject["job_id"], reject["reason"].partition(": ")[2]) == (job_id, what)


@pytest.mark.parametrize("pii", ["keep", "hash"])
@pytest.mark.parametrize(
    "literal", [b"NaN", DEEP, b"[" * 9_999 + b"]" * 9_999, b'"x", "list_name": "y"'], ids=len
)
def test_nonsense_in_the_list_rejects_its_job_and_keeps_the_other_99(
    literal: bytes, pii: str, tmp_path: Path
) -> None:
    account = Account.of_sizes(*(0,) * 100)
    account.job(42)["list_name"] = "@@"

    def before(asked: str) -> Reply | None:
        reply = account._answer(asked)
        return Reply(reply.status, reply.body.replace(b'"@@"', literal))

    account.before = before
    warehouse = Warehouse(f"parquet:{tmp_path}/warehouse", account.handle)
    warehouse.settings = replace(warehouse.settings, pii_key=Secret("k" * 32))
    result = warehouse.sync(pii=pii)
    assert (result.status, result.error) == ("partial", None)
    assert set(warehouse.job_ids()) == set(range(1, 101)) - {42}
    assert {reject["job_id"] for reject in warehouse.rejects()} == {42}
