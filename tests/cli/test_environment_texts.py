"""Texts from the environment as Kubernetes secrets leave them, and passwords as people paste them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runs import assert_one_error_line, served

import ecore_export as ee
from ecore_export.cli import main
from ecore_export.destinations import open_destination
from ecore_export.errors import SettingsError
from ecore_export.sandbox import JobSpec, Sandbox
from ecore_export.settings import Secret, load_pii_key, load_settings
from ecore_export.syncing.runs import agreed_privacy, record_privacy

AROUND = ("{}\n", " {}", "{}\r\n", "\t{} ")


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("scheme", ["parquet:{}/w", "sqlite:///{}/w"])
def test_a_destination_loses_the_blanks_around_it(
    around: str, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = scheme.format(tmp_path)
    with served(Sandbox.with_jobs((JobSpec(3),)), monkeypatch):
        monkeypatch.setenv("ECORE_DESTINATION", around.format(url))
        assert main(["sync"]) == 0
        ee.sync(around.format(url))
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["w"]


def test_blanks_alone_are_no_destination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECORE_DESTINATION", " \n")
    assert main(["status"]) == 2


@pytest.mark.parametrize("around", AROUND)
def test_every_setting_loses_the_blanks_around_it(around: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(around.format("t0ken"))
    settings = load_settings(
        environ={
            "ECORE_API_TOKEN_FILE": around.format(tmp_path / "token"),
            "ECORE_BASE_URL": around.format("https://api.example.com/v1"),
            "ECORE_WORKERS": around.format(3),
            "ECORE_TIMEOUT_S": around.format(4),
        }
    )
    assert settings.token.reveal() == "t0ken"
    assert (settings.base_url, settings.workers, settings.timeout_s) == ("https://api.example.com/v1/", 3, 4)
    assert load_settings(environ={"ECORE_API_TOKEN": around.format("t0ken")}).token.reveal() == "t0ken"


@pytest.mark.parametrize("around", AROUND)
def test_a_pii_key_with_blanks_around_it_is_that_key_and_an_older_one_goes_on(around: str) -> None:
    bare = "a-long-and-random-key"
    given = load_pii_key(environ={"ECORE_PII_KEY": around.format(bare)})
    for first in (bare, around.format(bare)):  # the second: made by version 0.1, blanks and all
        destination = open_destination("sqlite://")
        destination.ensure_schema()
        privacy = agreed_privacy(destination, "hash", Secret(bare))
        if first != bare:
            object.__setattr__(privacy, "key", Secret(first))
        record_privacy(destination, privacy)
        agreed = agreed_privacy(destination, None, given)
        assert agreed.key is not None
        assert agreed.key.reveal() == first
        with pytest.raises(SettingsError, match="not the key"):
            agreed_privacy(destination, None, Secret("another-long-random-key"))
        destination.close()
    assert load_pii_key(environ={"ECORE_PII_KEY": " \n"}) is None
    with pytest.raises(SettingsError, match="too short"):
        load_pii_key(environ={"ECORE_PII_KEY": "short" + " " * 20})


@pytest.mark.parametrize(
    "password",
    ["abc@S3cret", "abc@S3cret/Part", "@S3cret", "S3cret@", "abc@S3@cret", "a@S3cret?b", "a?S3cret@b"],
)
@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_password_with_an_at_sign_is_refused_and_nothing_of_it_shown(
    scheme: str, password: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{scheme}://etl:{password}@db.invalid/warehouse"
    monkeypatch.setenv("ECORE_API_TOKEN", "t")
    monkeypatch.setenv("ECORE_DESTINATION", url)
    for command in (["sync"], ["status"], ["sync", url], ["view", url, "list_quality"]):
        assert main(command) == 2
        told = capsys.readouterr()
        assert_one_error_line(told.err)
        assert "%40" in told.err
        assert "S3" not in told.err + told.out


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://etl:abc%40S3cret@db.invalid/warehouse",
        "mysql+pymysql://user@server:pw@db.invalid/warehouse",
        "postgresql+psycopg://etl:pw@db.invalid/warehouse?options=-c%20x=a@b",
        "postgresql+psycopg://db.invalid/ware@house",
        "sqlite:///folder@home/file.db",
    ],
)
def test_an_at_sign_elsewhere_is_no_matter(url: str) -> None:
    open_destination(url).close()
