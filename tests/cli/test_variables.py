"""Every lasting option has its variable: the command line wins, blank is not set, a wrong value is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from cli_runs import assert_one_error_line, served
from doc_blocks import ROOT

from ecore_export.cli import main
from ecore_export.cli.app import app
from ecore_export.errors import SettingsError
from ecore_export.sandbox import JobSpec, Sandbox
from ecore_export.settings import load_destination, load_pii_key, load_settings

KEY = "a-long-and-random-key"

VARIABLES: list[tuple[str, str, str, str, str, Any, str | None]] = [
    ("sync", "schema_name", "--schema", "ECORE_SCHEMA", "mart", "mart", None),
    ("sync", "account", "--account", "ECORE_ACCOUNT", "acme", "acme", "a\nb"),
    ("sync", "pii", "--pii", "ECORE_PII", "drop", "drop", "some"),
    ("sync", "tz", "--tz", "ECORE_TZ", "Europe/Berlin", "Europe/Berlin", "Nowhere"),
    ("sync", "group", "--group", "ECORE_GROUP", "^[^ ]+", "^[^ ]+", "("),
    ("sync", "max_requests", "--max-requests", "ECORE_MAX_REQUESTS", "7", 7, "0"),
    ("sync", "max_minutes", "--max-minutes", "ECORE_MAX_MINUTES", "0.5", 0.5, "nan"),
    ("sync", "workers", "--workers", "ECORE_WORKERS", "3", 3, "many"),
    ("status", "account", "--account", "ECORE_ACCOUNT", "acme", "acme", "a\nb"),
    ("verify", "account", "--account", "ECORE_ACCOUNT", "acme", "acme", None),
    ("rejects", "account", "--account", "ECORE_ACCOUNT", "acme", "acme", None),
    ("report", "tz", "--tz", "ECORE_TZ", "Europe/Berlin", "Europe/Berlin", "Nowhere"),
    ("report", "account", "--account", "ECORE_ACCOUNT", "acme", "acme", None),
    ("report", "schema_name", "--schema", "ECORE_SCHEMA", "mart", "mart", None),
    ("report", "price", "--price", "ECORE_PRICE", "0.004", "0.004", None),
    ("report", "currency", "--currency", "ECORE_CURRENCY", "EUR", "EUR", None),
]
"""Command, parameter, option, variable, a text, its value, a text that is wrong."""

OTHER = {
    "ECORE_SCHEMA": "other",
    "ECORE_ACCOUNT": "other",
    "ECORE_PII": "keep",
    "ECORE_TZ": "UTC",
    "ECORE_GROUP": "other",
    "ECORE_MAX_REQUESTS": "9",
    "ECORE_MAX_MINUTES": "9",
    "ECORE_WORKERS": "9",
    "ECORE_PRICE": "9",
    "ECORE_CURRENCY": "USD",
}

ONE_OFF = {
    "balance",
    "full",
    "refetch",
    "jobs",
    "accept_deletions",
    "dry_run",
    "since",
    "until",
    "fix",
    "accept",
    "wait",
}


def taken(monkeypatch: pytest.MonkeyPatch, *words: str) -> dict[str, Any]:
    """What the command would be given."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(app.commands[words[0]], "callback", lambda **given: found.update(given))
    assert main(words) == 0
    return found


def options() -> list[tuple[str, click.Option]]:
    """Every option of every command, with the command's name."""
    return [
        (name, part)
        for name, command in {"": app, **app.commands}.items()
        for part in command.params
        if isinstance(part, click.Option)
    ]


@pytest.mark.parametrize(
    ("command", "name", "option", "variable", "text", "value", "wrong"), VARIABLES, ids=lambda part: str(part)
)
def test_a_lasting_option_may_stand_in_its_variable(
    command: str,
    name: str,
    option: str,
    variable: str,
    text: str,
    value: Any,
    wrong: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    unset = taken(monkeypatch, command, "parquet:w")[name]
    for blank in ("", " \n"):
        monkeypatch.setenv(variable, blank)
        assert taken(monkeypatch, command, "parquet:w")[name] == unset
    monkeypatch.setenv(variable, f" {text}\n")
    assert taken(monkeypatch, command, "parquet:w")[name] == value
    monkeypatch.setenv(variable, OTHER[variable])
    assert taken(monkeypatch, command, "parquet:w", option, text)[name] == value
    if wrong is not None:
        monkeypatch.setenv(variable, wrong)
        assert main([command, "parquet:w"]) == 2
        told = capsys.readouterr().err
        assert_one_error_line(told)
        assert told.startswith(f"ecore-export: error: {variable}: ")
        assert taken(monkeypatch, command, "parquet:w", option, text)[name] == value


@pytest.mark.parametrize(
    ("variable", "name"), [("ECORE_NO_RECORDS", "no_records"), ("ECORE_NO_VIEWS", "no_views")]
)
def test_a_lasting_flag_is_one_or_zero(variable: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, value in (("1", True), ("true", True), ("0", False), ("", False)):
        monkeypatch.setenv(variable, text)
        assert taken(monkeypatch, "sync", "parquet:w")[name] is value
    monkeypatch.setenv(variable, "perhaps")
    assert main(["sync", "parquet:w"]) == 2


def test_no_two_options_share_a_variable_that_means_different_things() -> None:
    names: dict[Any, set[str]] = {}
    for _, option in options():
        if option.envvar:
            names.setdefault(option.envvar, set()).add(option.opts[-1])
    assert all(len(found) == 1 for found in names.values()), names


def test_every_variable_of_an_option_is_shown_by_the_help_and_described() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    with_variable = [option for _, option in options() if option.envvar]
    assert len({option.envvar for option in with_variable}) == 16
    assert all(option.show_envvar for option in with_variable)
    described = dict.fromkeys(re.findall(r"`(ECORE_[A-Z_]+)`", page))
    assert {str(option.envvar) for option in with_variable} <= set(described)
    assert all(f"`{option.opts[-1]}`" in page for option in with_variable)


def test_what_is_asked_for_once_has_no_variable() -> None:
    for command, option in options():
        assert option.name not in ONE_OFF or option.envvar is None, (command, option.name)
        assert command != "forget" or option.name != "account" or option.envvar is None


def test_what_was_typed_wins_where_two_options_exclude_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/w"
    with served(Sandbox.with_jobs((JobSpec(3),)), monkeypatch):
        assert main(["sync", url, "--tz", "UTC", "--no-views"]) == 2
        monkeypatch.setenv("ECORE_TZ", "Europe/Berlin")
        assert main(["sync", url, "--no-views"]) == 0
        monkeypatch.setenv("ECORE_NO_VIEWS", "1")
        assert main(["sync", url]) == 0
        monkeypatch.delenv("ECORE_TZ")
        assert main(["sync", url, "--tz", "UTC"]) == 0


@pytest.mark.parametrize("place", ["before", "after", "variable"])
def test_log_options_come_before_or_after_the_command_or_from_a_variable(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {"before": ["--log-format", "json", "jobs"], "after": ["jobs", "--log-format", "json"]}
    if place == "variable":
        monkeypatch.setenv("ECORE_LOG_FORMAT", "json")
    assert main(words.get(place, ["jobs"])) == 2
    assert json.loads(capsys.readouterr().err)["level"] == "error"


def test_the_log_format_nearest_to_the_command_wins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECORE_LOG_FORMAT", "json")
    for words in (
        ["--log-format", "text", "jobs"],
        ["jobs", "--log-format", "text"],
        ["--log-format", "json", "jobs", "--log-format", "text"],
    ):
        assert main(words) == 2
        assert_one_error_line(capsys.readouterr().err)
    monkeypatch.setenv("ECORE_LOG_FORMAT", "xml")
    assert main(["jobs"]) == 2
    assert capsys.readouterr().err.startswith("ecore-export: error: ECORE_LOG_FORMAT: ")


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    for name, text in (("key", KEY), ("dest", "parquet:w"), ("token", "t0ken")):
        (tmp_path / name).write_text(text + "\n")
    key, dest = {"ECORE_PII_KEY_FILE": f"{tmp_path}/key"}, {"ECORE_DESTINATION_FILE": f"{tmp_path}/dest"}
    found = load_pii_key(environ=key)
    assert found is not None
    assert found.reveal() == KEY
    assert load_destination(dest) == "parquet:w"
    token = {"ECORE_API_TOKEN_FILE": f"{tmp_path}/token"}
    assert load_settings(environ=token).token.reveal() == "t0ken"
    other = load_pii_key(environ={**key, "ECORE_PII_KEY": "another-long-random-key"})
    assert other is not None
    assert other.reveal() == "another-long-random-key"
    assert load_destination({**dest, "ECORE_DESTINATION": "parquet:other"}) == "parquet:other"
    assert load_destination({**dest, "ECORE_DESTINATION": " "}) == "parquet:w"
    assert load_destination({"ECORE_DESTINATION_FILE": ""}) is None


@pytest.mark.parametrize("variable", ["ECORE_API_TOKEN_FILE", "ECORE_PII_KEY_FILE", "ECORE_DESTINATION_FILE"])
def test_a_file_that_is_missing_empty_or_no_text_is_told_by_its_variable(
    variable: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name, told in (("none", "cannot be read: No such"), ("empty", "is empty"), ("binary", "no text")):
        environ = {"ECORE_API_TOKEN": "", variable: f"{tmp_path}/{name}"}
        if "TOKEN" not in variable:
            environ["ECORE_API_TOKEN"] = "t"
        load: Any = load_destination if "DESTINATION" in variable else load_settings
        with pytest.raises(SettingsError, match=f"the file of {variable} .*{told}") as error:
            load(environ=environ)
        assert str(tmp_path) not in str(error.value)


def test_a_file_as_windows_writes_it_holds_the_same_secret(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xef\xbb\xbft0ken\r\n")
    token = {"ECORE_API_TOKEN_FILE": f"{tmp_path}/token"}
    assert load_settings(environ=token).token.reveal() == "t0ken"


def test_a_short_key_in_a_file_is_refused_by_its_variable(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short")
    with pytest.raises(SettingsError, match="ECORE_PII_KEY_FILE is too short"):
        load_pii_key(environ={"ECORE_PII_KEY_FILE": f"{tmp_path}/key"})


def test_view_and_erase_can_leave_the_destination_to_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"parquet:{tmp_path}/w"
    (tmp_path / "dest").write_text(url + "\n")
    with served(Sandbox.with_jobs((JobSpec(3),)), monkeypatch):
        assert main(["sync", url]) == 0
    capsys.readouterr()
    assert main(["view", url, "list_quality"]) == 0
    shown = capsys.readouterr().out
    monkeypatch.setenv("ECORE_DESTINATION_FILE", f"{tmp_path}/dest")
    assert main(["view", "list_quality"]) == 0
    assert capsys.readouterr().out == shown
    assert main(["erase", "jane@example.com", "joe@example.com", "--dry-run"]) == 0
    assert "kept out from now on: 2" in capsys.readouterr().out
    monkeypatch.setenv("ECORE_DESTINATION", f"parquet:{tmp_path}/elsewhere")
    assert main(["view", "list_quality"]) == 1
    assert main(["view", url, "list_quality"]) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["view"], "Missing argument 'NAME'"),
        (["view", "parquet:w"], "Missing argument 'NAME'"),
        (["view", "parquet:w", "list_quality", "more"], "unexpected extra argument"),
        (["erase"], "Missing argument 'ADDRESS"),
        (["erase", "parquet:w"], "Missing argument 'ADDRESS"),
        (["erase", "postgresql+psycopg://u:p@localhost/w"], "Missing argument 'ADDRESS"),
        (["erase", "warehouse", "jane@example.com"], "the destination is not a URL"),
    ],
    ids=" ".join,
)
def test_what_is_missing_is_told_though_the_environment_names_a_destination(
    words: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECORE_DESTINATION", "parquet:w")
    assert main(words) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [["view", "list_quality"], ["erase", "jane@example.com"], ["erase", "-"]])
def test_without_a_destination_anywhere_that_is_what_is_missing(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "no destination" in capsys.readouterr().err
