"""Profiles: found where they are asked for, checked by name and type, before the environment, no secret."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import ecore_export as ee
from ecore_export import profiles
from ecore_export.errors import SettingsError
from ecore_export.profiles import KEYS, Profile, load_profile, load_profiles

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of profiles that only its owner can read."""

    def written(text: str, mode: int = 0o600, name: str = "ecore.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    return written


@pytest.fixture
def no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home; nothing in the system's folder, nor in the working folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(profiles, "SYSTEM_FOLDER", tmp_path / "system")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def refused(path: Path, name: str = "acme") -> str:
    with pytest.raises(SettingsError) as error:
        load_profile(name, path)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_profile_comes_before_the_environment_and_what_all_share_after_its_own(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write('tz = "UTC"\nworkers = 2\n[acme]\ntoken_file = "t"\nworkers = 3\n[other]\n')
    (path.parent / "t").write_text("t0ken\n")
    for variable, text in {
        "TZ": "Europe/Berlin",
        "WORKERS": "9",
        "API_TOKEN": "env",
        "SCHEMA": "mart",
    }.items():
        monkeypatch.setenv(f"ECORE_{variable}", text)
    acme, other = load_profile("acme", path), load_profile("other", path)
    assert acme.settings().token.reveal() == "t0ken", "a token's file in the profile beats the variable"
    assert other.settings().token.reveal() == "env"
    assert (acme.settings().workers, other.settings().workers) == (3, 2)
    assert acme.settings(workers=7).workers == 7
    assert (acme.get("ECORE_TZ"), acme.get("ECORE_SCHEMA")) == ("UTC", "mart")


def test_the_label_is_the_name_unless_it_is_given(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECORE_ACCOUNT", "env")
    path = write('[acme]\n[globex]\naccount = "default"\n')
    assert load_profile("acme", path).get("ECORE_ACCOUNT") == "acme"
    assert load_profile("globex", path).get("ECORE_ACCOUNT") == "default"


def test_a_variable_may_be_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, text in {"ACME": " t0ken\n", "KEY": "k" * 20, "ECORE_API_TOKEN": "another"}.items():
        monkeypatch.setenv(variable, text)
    path = write('[acme]\ntoken_env = "ACME"\ndestination_env = "WHERE"\npii_key_env = "KEY"\n')
    acme = load_profile("acme", path)
    assert acme.settings().token.reveal() == "t0ken"
    assert str(acme.pii_key()) == "Secret('********')"
    with pytest.raises(SettingsError, match="destination_env names is not set; give the name of one, not"):
        acme.destination()
    monkeypatch.delenv("ACME")
    with pytest.raises(SettingsError, match="token_env names is not set"):
        acme.settings()


@pytest.mark.parametrize("variable", ["ECORE_API_TOKEN", "ECORE_DESTINATION", "ECORE_ACCOUNT"])
def test_one_of_all_takes_nothing_from_the_environment_that_is_meant_for_one(
    variable: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "text")
    monkeypatch.setenv("ECORE_TZ", "UTC")
    read = load_profiles(write("[acme]\n"))
    assert read.profile("acme", is_alone=True).get(variable) in (None, "acme")
    assert read.profile("acme", is_alone=True).get("ECORE_TZ") == "UTC"
    with pytest.raises(SettingsError, match="no API token: set token_env or token_file"):
        read.profile("acme", is_alone=True).settings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[acme]\ndestinaton = 'x'", "'destinaton' is not known; did you mean 'destination'?"),
        (
            "tokn_file = 'x'\n[acme]",
            "above the first section: 'tokn_file' is not known; did you mean 'token_f",
        ),
        ("[acme]\nqqq = 1", "'qqq' is not known; there are token_file"),
        ("[acme]\n'jane@example.com' = 1", "a key is not known"),
        ("[acme]\nworkers = 'many'", "workers is a whole number"),
        ("[acme]\nworkers = true", "workers is a whole number"),
        ("[acme]\nno_views = 1", "no_views is true or false"),
        ("[acme]\nmax_minutes = '5'", "max_minutes is a number"),
        ("[acme]\nschema = 5", "schema is text in quotation marks"),
        ("[acme]\nschema = ' '", "schema is empty"),
        ("[acme]\n[acme.options]\ntz = 'UTC'", "a section holds no other one"),
        ("[acme]\ntoken_file = 'a'\ntoken_env = 'B'", "token_file and token_env say the same"),
        ("[acme]\ntoken = 's3cret'", "does not belong in this file: say by token_file or token_env"),
        ("[acme]\nAPI_TOKEN = 's3cret'", "does not belong in this file: say by token_file or token_env"),
        ("[acme]\npii_key = 's3cret'", "does not belong in this file: say by pii_key_file or pii_key_env"),
        *(
            (f"[acme]\ndestination = '{url}'", "a password does not belong in this file")
            for url in (
                "postgresql+psycopg://u:s3cret@h/d",
                "mysql+pymysql://u:s3c/ret@h/d",
                "postgresql+psycopg://h/d?user=u&password=s3cret",
                "mssql+pyodbc:///?odbc_connect=PWD%3Ds3cret",
            )
        ),
        ("[globex]", "there is no profile 'acme' in"),
        ("[acm]", "did you mean 'acm'?"),
        ("tz = 'UTC'", "holds no profile"),
        ("", "holds no profile"),
        ("acme\n", "is no valid TOML: "),
        ("[acme]\n[acme]", "is no valid TOML: "),
    ],
)
def test_what_a_file_must_not_hold_is_told_in_one_line_without_its_value(
    text: str, told: str, write: Write
) -> None:
    message = refused(write(text))
    assert told in message
    assert "s3cret" not in message
    assert "jane" not in message


def test_a_url_without_a_password_is_no_secret(write: Write) -> None:
    for url in (
        "postgresql+psycopg://loader@db:5432/w?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem",
        "sqlite:////data/a:b@c.db",
        "parquet:/data/warehouse",
    ):
        path = write(f"[acme]\ndestination = '{url}'\n")
        assert load_profile("acme", path).destination() == url


def test_a_section_of_another_account_keeps_nobody(write: Write) -> None:
    read = load_profiles(write("[acme]\n[globex]\ntoken = 'x'\n"))
    assert read.profile("acme").name == "acme"
    with pytest.raises(SettingsError, match="section globex"):
        read.profile("globex")


def test_a_wrong_value_is_told_by_its_key_and_that_of_a_variable_by_its_name(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECORE_API_TOKEN", "t")
    path = write("[acme]\nbase_url = 'http://example.com'\n[globex]\ntoken_file = 'none'\n[initech]\n")
    with pytest.raises(SettingsError, match=r"^base_url must be https.* \(profile acme of .*ecore.toml\)$"):
        load_profile("acme", path).settings()
    with pytest.raises(SettingsError, match=r"^the file of token_file cannot be read: No such file"):
        load_profile("globex", path).settings()
    monkeypatch.setenv("ECORE_ATTEMPTS", "many")
    with pytest.raises(SettingsError, match=r"^ECORE_ATTEMPTS is not a number"):
        load_profile("initech", path).settings()


def test_files_are_relative_to_that_of_the_profiles(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    text = "[acme]\ntoken_file = 'a'\ndestination_file = '/b'\npii_key_file = '~/c'\n"
    values = load_profile("acme", path := write(text)).values
    assert list(values.values()) == [f"{path.parent}/a", "/b", "/home/ana/c"]


def test_the_user_s_file_is_taken_then_the_system_s_and_never_that_of_the_working_folder(
    no_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ecore.toml").write_text(f"[{name}]\n")
        (folder / "ecore.toml").chmod(0o600)

    with pytest.raises(SettingsError, match=r"there is no ecore.toml in .*, and --config names none$"):
        load_profiles()
    put(Path(), "stranger")
    with pytest.raises(SettingsError, match="the one in this folder is only taken by --config"):
        load_profiles()
    assert list(load_profiles("ecore.toml").sections) == ["stranger"]
    put(no_file / "system", "system")
    assert list(load_profiles().sections) == ["system"]
    put(no_file / "home" / ".config" / "ecore-export", "home")
    assert list(load_profiles().sections) == ["home"]
    put(no_file / "xdg" / "ecore-export", "xdg")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(no_file / "xdg"))
    assert list(load_profiles().sections) == ["xdg"]
    put(no_file / "named", "named")
    monkeypatch.setenv("ECORE_CONFIG", str(no_file / "named" / "ecore.toml"))
    assert list(load_profiles().sections) == ["named"]
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_profiles(no_file / "nowhere.toml")
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_profiles(no_file)


def test_a_file_that_others_can_read_is_told_and_one_that_everybody_can_write_refused(write: Write) -> None:
    for mode in (0o600, 0o640, 0o400):
        load_profiles(write("[acme]\n", mode, f"{mode:o}.toml"))
    for mode in (0o644, 0o660, 0o664):
        with pytest.warns(UserWarning, match="others can read or write .*: chmod 600"):
            load_profiles(write("[acme]\n", mode, f"{mode:o}.toml"))
    for mode in (0o666, 0o602):
        with pytest.raises(SettingsError, match="everybody can write"):
            load_profiles(path := write("[acme]\n", mode, f"{mode:o}.toml"))
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_what_an_editor_on_windows_writes_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "ecore.toml"
    path.write_bytes(b"\xef\xbb\xbf[acme]\r\ntz = 'UTC'\r\n")
    path.chmod(0o600)
    assert load_profile("acme", path).values == {"tz": "UTC"}
    path.write_bytes(b"\xff\xfe[")
    assert "is not UTF-8" in refused(path)


def test_a_client_may_be_made_from_a_profile(write: Write, tmp_path: Path) -> None:
    (tmp_path / "t").write_text("t0ken")
    path = write("[acme]\ntoken_file = 't'\nbase_url = 'http://127.0.0.1:9/'\nattempts = 1\n")
    with ee.Client.from_profile("acme", path) as client, pytest.raises(ee.NetworkError):
        client.load_jobs()
    with pytest.raises(SettingsError, match="did you mean 'acme'"):
        ee.Client.from_profile("acne", path)


def test_a_profile_shows_no_secret(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME", "s3cret")
    acme = load_profile("acme", write("[acme]\ntoken_env = 'ACME'\n"))
    assert isinstance(acme, Profile)
    assert "s3cret" not in repr(acme)


def test_the_keys_are_those_that_the_page_on_settings_names() -> None:
    page = (Path(__file__).parents[1] / "docs" / "settings.md").read_text("utf-8")
    assert [key for key in KEYS if f"`{key}`" not in page] == []
