"""The files that schedule.md shows: each is read as its own program reads it, and its command lines are run.

systemd checks its units itself where it is installed. Airflow, Dagster and a cluster are too heavy for every
run of the tests: of the first two the functions run here with stand-ins for what they import, and the
manifest of the third is read as YAML.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

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
DAG, DEFINITIONS = "dags/ecore_export.py", "ecore_export_defs.py"
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
    known = {SERVICE, TIMER, CRON, WORKFLOW, DAG, DEFINITIONS}
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


class RetriedError(Exception):
    """Stands for what a scheduler tries again."""


class FinalError(Exception):
    """Stands for what a scheduler does not try again."""


def airflow_stand_ins() -> dict[str, ModuleType]:
    def task(**_: object) -> Callable[[Callable[[], None]], Callable[[], None]]:
        return lambda function: function

    sdk, exceptions = ModuleType("airflow.sdk"), ModuleType("airflow.sdk.exceptions")
    vars(sdk).update(dag=lambda **_: lambda function: function, task=task, exceptions=exceptions)
    vars(exceptions).update(AirflowException=RetriedError, AirflowFailException=FinalError)
    return {"airflow": ModuleType("airflow"), "airflow.sdk": sdk, "airflow.sdk.exceptions": exceptions}


def dagster_stand_ins() -> dict[str, ModuleType]:
    dagster = ModuleType("dagster")
    vars(dagster).update(
        asset=lambda function: function,
        Definitions=SimpleNamespace,
        ScheduleDefinition=SimpleNamespace,
        RetryRequested=lambda **_: RetriedError(),
        Failure=lambda text, *, allow_retries: RetriedError() if allow_retries else FinalError(text),
    )
    return {"dagster": dagster}


@pytest.mark.parametrize(
    ("file", "stand_ins", "call"),
    [
        pytest.param(DAG, airflow_stand_ins, "ecore_export()", id="airflow"),
        pytest.param(DEFINITIONS, dagster_stand_ins, "ecore_warehouse()", id="dagster"),
    ],
)
@pytest.mark.parametrize(("code", "error"), [(0, None), (75, RetriedError), (1, FinalError), (3, FinalError)])
def test_a_task_is_tried_again_where_that_may_help(
    file: str,
    stand_ins: Callable[[], dict[str, ModuleType]],
    call: str,
    code: int,
    error: type[Exception] | None,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
) -> None:
    for name, module in stand_ins().items():
        monkeypatch.setitem(sys.modules, name, module)
    commands: list[list[str]] = []

    def subprocess_run(command: list[str]) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=code)

    monkeypatch.setattr(subprocess, "run", subprocess_run)
    names: dict[str, Any] = {}
    exec(compile(file_of(PAGE, file).removesuffix("\necore_export()\n"), file, "exec"), names)
    if error is None:
        eval(call, names)
    else:
        with pytest.raises(error):
            eval(call, names)
    monkeypatch.undo()
    (command,) = commands
    if error is None:
        assert run(shlex.join(command)).code == 0
