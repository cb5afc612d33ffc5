"""The DAG of schedule.md in Airflow itself, with a database of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scheduled import Scheduled, scheduled

pytestmark = pytest.mark.filterwarnings("default")

DAG = "dags/ecore_export.py"


TEST_DAG = """
import json, sys
from pathlib import Path
from airflow.dag_processing.dagbag import BundleDagBag
folder = Path(sys.argv[1])
bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")  # as its processor does
dag = bag.get_dag("ecore_export")
run = dag.test()
tasks = {one.task_id: one for one in run.get_task_instances()}
states = {name: str(getattr(one.state, "value", one.state)) for name, one in tasks.items()}
figures = tasks["sync"].xcom_pull(task_ids="sync", key="return_value")
print("\\nTOLD " + json.dumps([str(getattr(run.state, "value", run.state)), states, figures]))
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a migrated database."""
    home = tmp_path_factory.mktemp("airflow")
    airflow(home, "-m", "airflow", "db", "migrate")
    return home


def airflow(home: Path, *arguments: str, **settings: str) -> str:
    """What Python prints in a process where this is Airflow's home."""
    given = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **settings}
    done = subprocess.run(
        [sys.executable, *arguments], env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduled]:
    with scheduled(tmp_path, monkeypatch, DAG) as found:
        yield found


def run(home: Path, account: Scheduled) -> tuple[str, dict[str, str], dict[str, Any] | None]:
    """The DAG as a person tests it: the run's state, each task's, and the XCom of the first."""
    dags = account.folder / "dags"
    told = airflow(home, "-c", TEST_DAG, str(dags), AIRFLOW__CORE__DAGS_FOLDER=str(dags))
    (line,) = [line for line in told.splitlines() if line.startswith("TOLD ")]
    state, tasks, figures = json.loads(line.removeprefix("TOLD "))
    return state, tasks, figures


def test_the_dag_exports_and_the_figures_are_its_xcom(home: Path, account: Scheduled) -> None:
    state, tasks, figures = run(home, account)
    assert (state, tasks) == ("success", {"sync": "success", "is_partial": "success", "tell": "skipped"})
    assert figures is not None
    assert figures["records_written"] == 27
    assert account.runs() == [("complete", 27)]


def test_rejected_jobs_are_told_and_nothing_fails(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scheduled(tmp_path, monkeypatch, DAG, is_partial=True) as account:
        state, tasks, _ = run(home, account)
        assert (state, set(tasks.values())) == ("success", {"success"})
        assert account.runs() == [("partial", 7)]


@pytest.mark.parametrize(("trouble", "tries"), [("try_later", 4), ("refuse", 1)])
def test_what_may_help_is_tried_again_and_nothing_else(
    trouble: str, tries: int, home: Path, account: Scheduled
) -> None:
    file = account.folder / DAG
    file.write_text(file.read_text().replace("timedelta(minutes=15)", "timedelta(seconds=1)"))
    account.count_tries()
    getattr(account, trouble)()
    _, tasks, figures = run(home, account)
    assert (tasks["sync"], figures) == ("failed", None)
    assert account.tries() == tries
