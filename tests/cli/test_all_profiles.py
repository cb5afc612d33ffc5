"""--profile and --all-profiles: which settings count, one account after another, and the worst exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_runs import assert_one_error_line
from doc_blocks import ROOT, blocks

from ecore_export.cli import main
from ecore_export.cli.app import OFFLINE, app
from ecore_export.cli.exit_codes import worst
from ecore_export.destinations import open_destination, read_jobs
from ecore_export.profiles import load_profiles
from ecore_export.sandbox import Sandbox, serve

pytestmark = pytest.mark.thorough

SIZES = {"acme": (3, 7), "globex": (12,)}


@dataclass
class Accounts:
    """Two accounts on ports, and a file of profiles for them."""

    folder: Path
    sections: dict[str, dict[str, Any]]

    @property
    def url(self) -> str:
        """The destination of both."""
        return f"sqlite:///{self.folder}/w.db"

    def write(self, **changes: dict[str, Any]) -> None:
        """Write the file; ``changes`` by section, a value of None takes a key out."""
        text = f"destination = {json.dumps(self.url)}\nno_views = true\n"
        for name, keys in self.sections.items():
            left = {k: v for k, v in (keys | changes.get(name, {})).items() if v is not None}
            text += f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in left.items())
        path = self.folder / "ecore.toml"
        path.write_text(text)
        path.chmod(0o600)

    def jobs(self, account: str) -> int:
        """How many jobs are known of an account."""
        opened = open_destination(self.url)
        try:
            return len(read_jobs(opened, account))
        finally:
            opened.close()


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    with ExitStack() as stack:
        sections = {}
        for seed, (name, sizes) in enumerate(SIZES.items()):
            address = stack.enter_context(serve(Sandbox(seed, sizes=sizes, token=f"token-of-{name}")))
            (tmp_path / f"{name}.token").write_text(f"token-of-{name}\n")
            sections[name] = {"token_file": f"{name}.token", "base_url": address.base_url, "attempts": 1}
        monkeypatch.setenv("ECORE_CONFIG", str(tmp_path / "ecore.toml"))
        made = Accounts(tmp_path, sections)
        made.write()
        yield made


def test_one_profile_after_another_goes_to_the_destination_with_a_line_each(
    accounts: Accounts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", "--all-profiles"]) == 0
    told = capsys.readouterr()
    assert [line.partition(",")[0] for line in told.out.splitlines()] == [
        "acme: complete: 2 jobs seen",
        "globex: complete: 1 job seen",
    ]
    assert [line.partition(":")[0] for line in told.err.splitlines()] == ["ecore-export", "ecore-export"]
    assert (accounts.jobs("acme"), accounts.jobs("globex")) == (2, 1)


def test_what_keeps_one_does_not_keep_the_others_and_the_worst_exit_code_counts(
    accounts: Accounts, capsys: pytest.CaptureFixture[str]
) -> None:
    for change, code in (
        ({"token_file": "globex.token"}, 1),
        ({"token_file": "nowhere"}, 2),
        ({"tz": "Nowhere"}, 2),
        ({"tokn": "x"}, 2),
        ({"base_url": "http://127.0.0.1:9/"}, 75),
        ({"max_requests": 1, "account": "cut"}, 75),
        ({"destination": f"parquet:{accounts.folder}/ecore.toml"}, 1),
    ):
        accounts.write(acme=change)
        assert main(["sync", "--all-profiles"]) == code, change
        told = capsys.readouterr()
        acme, globex = told.out.splitlines()
        assert acme.startswith("acme: ")
        assert globex.startswith("globex: complete: 1 job seen"), change
        assert_one_error_line(told.err.partition("\n")[0] + "\n")
        assert told.err.startswith("ecore-export: error: acme: ")


def test_as_json_each_line_is_an_object_with_its_exit_code(
    accounts: Accounts, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts.write(globex={"token_file": "nowhere"})
    assert main(["sync", "--all-profiles", "--json", "--log-format", "json"]) == 2
    told = capsys.readouterr()
    acme, globex = map(json.loads, told.out.splitlines())
    assert (acme["profile"], acme["account"], acme["exit_code"], acme["status"]) == (
        "acme",
        "acme",
        0,
        "complete",
    )
    assert globex == {"profile": "globex", "status": "failed", "exit_code": 2}
    assert [json.loads(line)["profile"] for line in told.err.splitlines()] == ["acme", "globex"]


def test_the_worst_code_is_the_one_that_asks_most_of_a_person() -> None:
    assert worst([0, 75, 3, 2, 1, 0]) == 1
    for better, worse in ((0, 75), (75, 3), (3, 2), (2, 1), (1, 143), (1, 130)):
        assert worst([better, worse]) == worst([worse, better]) == worse


def test_an_option_beats_the_profile_and_that_the_environment(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECORE_ACCOUNT", "env")
    monkeypatch.setenv("ECORE_DESTINATION", "parquet:nowhere")
    monkeypatch.setenv("ECORE_API_TOKEN", "wrong")
    accounts.write(acme={"account": "label"})
    assert main(["sync", "--profile", "acme", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["account"] == "label"
    assert main(["sync", f"parquet:{tmp_path}/p", "--profile", "acme", "--account", "typed", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["account"], told["destination"]) == ("typed", f"parquet:{tmp_path}/p")


def test_a_flag_of_the_profile_can_be_true_or_false(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECORE_NO_RECORDS", "1")
    accounts.write(acme={"no_records": False})
    for name, records in (("acme", 10), ("globex", 0)):
        assert main(["sync", "--profile", name, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["records_written"] == records


def test_every_command_that_takes_a_token_or_a_destination_takes_a_profile(
    accounts: Accounts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", "--all-profiles"]) == 0
    capsys.readouterr()
    words = {
        "check": [],
        "jobs": [],
        "job": ["1"],
        "records": ["1"],
        "sync": [],
        "status": [],
        "view": ["list_quality"],
        "report": ["-o", f"{tmp_path}/r.html"],
        "verify": [],
        "rejects": [],
        "erase": ["jane@example.com", "--dry-run"],
        "prune": ["--records-before", "2020-01-01", "--dry-run"],
        "forget": ["--account", "acme", "--dry-run"],
        "compact": [],
    }
    assert words.keys() == {str(command.name) for command in app.commands.values() if command not in OFFLINE}
    for name, rest in words.items():
        assert main([name, *rest, "--profile", "acme"]) == 0, (name, capsys.readouterr())
        assert main([name, *rest, "--profile", "acne"]) == 2, name
        assert "did you mean 'acme'?" in capsys.readouterr().err
    assert main(["jobs", "--profile", "acme", "--format", "jsonl"]) == 0
    assert {json.loads(line)["account"] for line in capsys.readouterr().out.splitlines()} == {"acme"}


def test_check_shows_where_each_value_comes_from(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECORE_WORKERS", "3")
    monkeypatch.setenv("GLOBEX", "token-of-globex")
    accounts.write(globex={"token_file": None, "token_env": "GLOBEX", "tz": "UTC"})
    assert main(["check", f"parquet:{accounts.folder}/p", "--all-profiles", "--schema", "mart"]) == 0
    acme, globex = re.split(r"^setting      profile: ", capsys.readouterr().out, flags=re.MULTILINE)[1:]
    assert acme.startswith(f"acme, of {accounts.folder}/ecore.toml\n")
    for line in ("token: from token_file of the profile", "account: acme, from the profile's name"):
        assert f"setting      {line}\n" in acme
    for line in (
        "token: from token_env of the profile",
        "destination: from command line",
        "tz: UTC, from tz of the profile",
        "schema: mart, from command line",
        "workers: 3, from ECORE_WORKERS",
    ):
        assert f"setting      {line}\n" in globex
    assert "token-of-" not in acme + globex


def test_a_file_in_the_working_folder_is_not_read_unless_it_is_named(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ECORE_CONFIG")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert main(["sync", "--profile", "acme"]) == 2
    told = capsys.readouterr().err
    assert_one_error_line(told)
    assert "only taken by --config ecore.toml" in told
    assert main(["sync", "--profile", "acme", "--config", "ecore.toml"]) == 0
    assert main(["sync", "parquet:w"]) == 2, "no token: the file counts for nothing"


@pytest.mark.parametrize(
    "words",
    [
        ["--config", "ecore.toml"],
        ["--all-profiles", "--profile", "acme"],
        ["--all-profiles", "--account", "acme"],
        ["--all-profiles", "--jobs", "1"],
        ["--all-profiles", "--no-such"],
        ["--profile"],
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_wrong_usage(
    words: list[str], accounts: Accounts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", *words]) == 2
    assert_one_error_line(capsys.readouterr().err)
    assert not (accounts.folder / "w.db").exists()


def test_a_signal_ends_all_of_it(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter([143, 0])
    monkeypatch.setattr(app.commands["sync"], "callback", lambda **_: next(codes))
    assert main(["sync", "--all-profiles"]) == 143
    assert next(codes) == 0


def test_a_wrong_value_is_told_by_its_key(accounts: Accounts, capsys: pytest.CaptureFixture[str]) -> None:
    for change, told in (({"pii": "some"}, "pii: "), ({"max_requests": 0}, "max_requests: ")):
        accounts.write(acme=change)
        assert main(["sync", "--profile", "acme"]) == 2
        message = capsys.readouterr().err
        assert_one_error_line(message)
        assert message.startswith(f"ecore-export: error: {told}")
        assert "(profile acme of " in message


def test_the_file_of_the_page_is_read(tmp_path: Path) -> None:
    (block,) = blocks(ROOT / "docs" / "settings.md", "toml")
    path = tmp_path / "ecore.toml"
    path.write_text(block.text)
    path.chmod(0o600)
    read = load_profiles(path)
    assert [read.profile(name).get("ECORE_ACCOUNT") for name in read.sections] == [
        "acme",
        "default",
        "staging",
    ]
    assert read.profile("staging").get("ECORE_DESTINATION") == "parquet:/data/staging"
    assert read.profile("acme").get("ECORE_DESTINATION_FILE") == f"{tmp_path}/destination"
