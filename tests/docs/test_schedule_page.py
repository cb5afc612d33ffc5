"""The files that schedule.md shows: each is read as its own program reads it, and its command lines are run.

systemd checks its units itself where it is installed. A cluster is too heavy for the tests: its manifest is
read as YAML. Airflow, Dagster and Prefect run theirs in `tests/engines`.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from cli_runs import settings_for
from doc_blocks import ROOT, blocks, file_of
from doc_session import Outcome, Step, follow
from image_steps import instructions
from tool_environment import tool_python

from ecore_export.sandbox import Sandbox, serve

PAGE = ROOT / "docs" / "schedule.md"
SERVICE, TIMER = (f"/etc/systemd/system/ecore-export.{kind}" for kind in ("service", "timer"))
CRON, WORKFLOW = "/etc/cron.d/ecore-export", ".github/workflows/ecore-export.yml"
CRONJOB = ROOT / "docs" / "kubernetes.yaml"
KUBERNETES = ("1.30.0", "1.37.0")
"""The oldest and the newest version whose schema the manifest is held against."""

DESTINATION = "sqlite:///ecore.sqlite"

Run = Callable[..., Outcome]

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs one command line in a folder of its own, against an account of two jobs."""
    made_up = Sandbox(sizes=[20, 7])
    with serve(made_up) as address:

        def ran(command: str, **settings: str) -> Outcome:
            told = {**settings_for(address.base_url, made_up), "ECORE_DESTINATION": DESTINATION, **settings}
            shutil.rmtree(tmp_path / ".told", ignore_errors=True)
            (outcome,) = follow([Step(0, f"{command}\n", "")], tmp_path, told)
            return outcome

        yield ran


def settings_of_unit(name: str) -> list[tuple[str, str]]:
    """What a unit sets, in order: (key, value)."""
    lines = [line for line in file_of(PAGE, name).splitlines() if line and not line.startswith(("#", "["))]
    return [(key, value) for key, _, value in (line.partition("=") for line in lines)]


def test_every_file_of_the_page_is_checked_here() -> None:
    known = {SERVICE, TIMER, CRON, WORKFLOW}
    assert {block.file for block in blocks(PAGE) if block.file and not block.test} == known
    elsewhere = [path for path in (ROOT / "docs").glob("*.md") if path != PAGE]
    shown = [(path.name, block.file) for path in elsewhere for block in blocks(path) if not block.test]
    assert [(name, file) for name, file in shown if file] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for name in (SERVICE, TIMER):
        text = file_of(PAGE, name).replace("/opt/ecore-export/bin/ecore-export", sys.executable)
        (tmp_path / Path(name).name).write_text(text)
    units = [str(tmp_path / Path(name).name) for name in (SERVICE, TIMER)]
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    about_ours = [line for line in told.stderr.splitlines() if "ecore-export" in line]
    assert (told.returncode, about_ours) == (0, [])


def test_the_unit_s_command_runs_and_trying_later_is_no_failure(run: Run) -> None:
    settings = dict(settings_of_unit(SERVICE))
    assert run(settings["ExecStart"]).code == 0
    assert run(settings["ExecStart"], ECORE_BASE_URL="http://127.0.0.1:9").code == 75
    assert settings["SuccessExitStatus"] == "75"
    environment = [value for key, value in settings_of_unit(SERVICE) if key == "Environment"]
    assert [entry.partition("=")[0] for entry in environment] == ["ECORE_API_TOKEN_FILE", "ECORE_DESTINATION"]


def test_cron_stays_silent_until_there_is_something_to_say(run: Run) -> None:
    lines = file_of(PAGE, CRON).splitlines()[1:]
    entries = [re.fullmatch(r"((?:[\d*]+ ){5})(\w+) (.+)", line) for line in lines if "* *" in line]
    commands = [entry[3] for entry in entries if entry]
    assert len(commands) == 3
    assert [key for key, _, _ in (line.partition("=") for line in lines[:3])] == [
        "MAILTO",
        "ECORE_API_TOKEN_FILE",
        "ECORE_DESTINATION",
    ]
    sync, full, status = commands
    outcome = run(status)
    assert (outcome.code, outcome.errors.count("\n")) == (1, 1)
    assert run(sync) == run(full) == Outcome("", "", 0)
    assert run(status) == Outcome("", "", 0)
    assert run(sync, ECORE_API_TOKEN="wrong").errors.count("\n") == 1


def test_the_cronjob_gives_up_only_where_a_retry_does_not_help(run: Run) -> None:
    job = yaml.safe_load(CRONJOB.read_text("utf-8"))["spec"]["jobTemplate"]["spec"]
    moved, final = job["podFailurePolicy"]["rules"]
    assert (moved["action"], moved["onPodConditions"][0]["type"]) == ("Ignore", "DisruptionTarget")
    assert final == {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1, 2, 3]}}
    pod = job["template"]["spec"]
    assert pod["restartPolicy"] == "Never", "a podFailurePolicy needs it"
    (container,) = pod["containers"]
    assert run(shlex.join(["ecore-export", *container["args"]])).code == 0


def test_the_cronjob_runs_the_image_as_it_is_meant_to_be_run(tmp_path: Path, run: Run) -> None:
    pod = yaml.safe_load(CRONJOB.read_text("utf-8"))["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (user,) = (rest for word, rest in instructions(ROOT / "Dockerfile") if word == "USER")
    as_user = pod["securityContext"]
    assert user == f"{as_user['runAsUser']}:{as_user['runAsGroup']}"
    assert as_user["runAsNonRoot"] is container["securityContext"]["readOnlyRootFilesystem"] is True
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/etc/ecore-export", "/tmp"]
    assert pod["volumes"][0]["secret"]["defaultMode"] == 0o440
    files = {entry["name"]: tmp_path / Path(entry["value"]).name for entry in container["env"]}
    for name, text in (("token", "t"), ("destination", DESTINATION)):
        (tmp_path / name).write_text(f"{text}\n")
    settings = {name: str(path) for name, path in files.items()} | {"ECORE_DESTINATION": ""}
    assert run(shlex.join(["ecore-export", *container["args"]]), **settings).code == 0


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_knows_every_field_of_the_manifest(
    version: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    python = tool_python(request, "kubernetes", ["kubernetes-validate>=1.37,<2"])

    def told(manifest: Path) -> subprocess.CompletedProcess[str]:
        command = [python, "-m", "kubernetes_validate", "--strict", "-k", version, str(manifest)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert told(CRONJOB).returncode == 0, told(CRONJOB)
    for wrong in ("backofLimit: 3", 'backoffLimit: "3"'):
        (tmp_path / "wrong.yaml").write_text(CRONJOB.read_text("utf-8").replace("backoffLimit: 3", wrong))
        assert told(tmp_path / "wrong.yaml").returncode != 0


def test_the_workflow_s_steps_run_and_trying_later_passes(run: Run) -> None:
    workflow = yaml.safe_load(file_of(PAGE, WORKFLOW))
    assert workflow[True]["schedule"][0]["cron"].count(" ") == 4, "`on` is a boolean in YAML 1.1"
    job = workflow["jobs"]["export"]
    assert set(job["env"]) == {"ECORE_API_TOKEN", "ECORE_DESTINATION"}
    _install, sync, status = [step["run"] for step in job["steps"] if "run" in step]
    assert run(status).code == 1
    assert run(sync, ECORE_BASE_URL="http://127.0.0.1:9").code == 0
    assert run(sync, ECORE_API_TOKEN="wrong").code == 1
    assert run(sync).code == 0
    assert run(status).code == 0


ENDED_MEANWHILE = """
import os, signal, sys
import ecore_sync

ecore_sync.COMMAND = [sys.executable, "-c", '''
import signal, sys, time
def finish(*_):
    open("batch-finished", "w").close()
    sys.exit(143)
signal.signal(signal.SIGTERM, finish)
open("began", "w").close()
time.sleep(60)
''']

def end(*_):
    if os.path.exists("began"):
        raise TimeoutError("the scheduler's limit")

signal.signal(signal.SIGALRM, end)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
ecore_sync.sync()
"""


def test_whoever_ends_a_task_lets_the_command_finish_its_batch(tmp_path: Path) -> None:
    (tmp_path / "ecore_sync.py").write_text(file_of(PAGE, "ecore_sync.py"))
    told = subprocess.run(
        [sys.executable, "-c", ENDED_MEANWHILE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.stderr.endswith("TimeoutError: the scheduler's limit\n")
    assert (tmp_path / "batch-finished").exists()
