"""Which tests `-m quick`, `-m slow` and `--backends` choose, and that all workers name them alike."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from choosing import TESTS, chosen_kinds, is_quick, is_slow, is_thorough, kinds_of, starts_processes


def found(path: str, name: str, *fixtures: str, marks: tuple[str, ...] = ()) -> SimpleNamespace:
    """A test as pytest collects it."""
    return SimpleNamespace(
        path=TESTS / path,
        name=name,
        fixturenames=fixtures,
        get_closest_marker=lambda mark: mark if mark in marks else None,
    )


@pytest.mark.parametrize(
    ("test", "kinds", "speed"),
    [
        (found("test_schema.py", "test_a"), set(), "quick"),
        (found("test_schema.py", "test_a", marks=("thorough",)), set(), "usual"),
        (found("test_schema.py", "test_a", marks=("slow",)), set(), "usual"),  # slow already
        (found("syncing/test_sync.py", "test_a[parquet:{}/w-1]"), {"parquet"}, "quick"),
        (found("syncing/test_sync.py", "test_a[sqlite:///{}/w.db-1]"), {"sqlite"}, "usual"),
        (found("destinations/test_contract.py", "test_a[sqlite]", "destination"), {"sqlite"}, "usual"),
        (found("destinations/test_parquet.py", "test_a"), {"parquet"}, "quick"),
        (found("destinations/test_contract.py", "test_a[duckdb]", "destination"), {"duckdb"}, "slow"),
        (found("destinations/test_sql.py", "test_a", "postgres_server"), {"postgresql"}, "slow"),
        (found("destinations/test_sql.py", "test_a", "mysql_server"), {"mysql"}, "slow"),
        (found("destinations/test_mysql.py", "test_a"), {"mysql"}, "slow"),
        (found("crash/test_kills.py", "test_a[refetch-parquet]"), {"parquet"}, "slow"),
        (found("engines/spark/test_parquet_folder.py", "test_a[jobs]"), {"parquet"}, "slow"),
        (found("upgrades/test_upgrades.py", "test_a[sqlite]"), {"sqlite"}, "usual"),
        (found("test_secrets.py", "test_a[sync to Parquet, hashed]"), {"parquet"}, "quick"),
    ],
    ids=lambda value: "-".join(value.path.parts[-1:]) if isinstance(value, SimpleNamespace) else None,
)
def test_a_test_says_by_itself_what_it_needs(test: pytest.Item, kinds: set[str], speed: str) -> None:
    assert kinds_of(test) == kinds
    assert (is_slow(test), is_quick(test)) == (speed == "slow", speed == "quick")


@pytest.mark.parametrize(
    ("name", "text", "is_left_out"),
    [
        ("test_a.py", "pytestmark = pytest.mark.thorough\n", True),
        ("test_a.py", "import a\n\npytestmark = [pytest.mark.timeout(9), pytest.mark.slow]\n", True),
        (
            "test_a.py",
            'pytestmark = [\n    pytest.mark.thorough,\n    pytest.mark.xdist_group("a"),\n]\n',
            True,
        ),
        ("test_a.py", 'pytestmark = pytest.mark.xdist_group("slow")\n', False),
        ("test_a.py", "pytestmark = []\n\n\n@pytest.mark.thorough\ndef test_a():\n    pass\n", False),
        ("conftest.py", "pytestmark = pytest.mark.thorough\n", False),
    ],
)
def test_a_file_is_left_out_of_the_quick_loop_by_its_mark(
    name: str, text: str, is_left_out: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    assert is_thorough(tmp_path / name) is is_left_out


def run_true() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def indirect() -> None:
    def inner() -> None:
        run_true()

    inner()


class Process:
    def start(self) -> None:
        run_true()


def by_class() -> None:
    Process().start()


def there() -> None:
    back()


def back() -> None:
    there()


@pytest.mark.parametrize(
    ("function", "is_so"),
    [(run_true, True), (indirect, True), (by_class, True), (there, False), (found, False)],
)
def test_a_test_that_starts_a_process_is_noticed(function: object, is_so: bool) -> None:
    assert starts_processes(function) is is_so


def test_an_unknown_kind_of_destination_is_refused() -> None:
    assert chosen_kinds("sqlite, parquet") == {"sqlite", "parquet"}
    with pytest.raises(
        pytest.UsageError,
        match="'sqlit' is none of delta-az, delta-gs, parquet, delta-s3, delta, sqlite, duckdb, postgresql",
    ):
        chosen_kinds("sqlit,parquet")


def test_no_test_is_named_after_an_address_in_memory(request: pytest.FixtureRequest) -> None:
    """Every worker must collect the same names."""
    names = [item.nodeid for item in request.session.items]
    assert [name for name in names if re.search(r" at 0x[0-9a-f]+", name)] == []
