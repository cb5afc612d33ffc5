"""Profiles: several accounts in one file, ``ecore.toml``, each with settings in a section of its own.

In: a file that was asked for, and the name of a section. Out: a `Profile`, which gives variables as the
environment does: its own first. The file is never taken because it lies in the working folder: a stranger's
folder must not choose the base URL that gets the token. It holds no secret, but says where one is.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from .arguments import account_label
from .errors import SettingsError
from .settings import Secret, Settings, load_destination, load_pii_key, load_settings

T = TypeVar("T")

FILE_NAME = "ecore.toml"
SYSTEM_FOLDER = Path("/etc/ecore-export")

_KINDS: Mapping[type, str] = {
    str: "text in quotation marks",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}

KEYS: Mapping[str, tuple[str, type]] = {
    "token_file": ("ECORE_API_TOKEN_FILE", str),
    "token_env": ("ECORE_API_TOKEN", str),
    "base_url": ("ECORE_BASE_URL", str),
    "destination": ("ECORE_DESTINATION", str),
    "destination_file": ("ECORE_DESTINATION_FILE", str),
    "destination_env": ("ECORE_DESTINATION", str),
    "schema": ("ECORE_SCHEMA", str),
    "account": ("ECORE_ACCOUNT", str),
    "pii": ("ECORE_PII", str),
    "pii_key_file": ("ECORE_PII_KEY_FILE", str),
    "pii_key_env": ("ECORE_PII_KEY", str),
    "tz": ("ECORE_TZ", str),
    "group": ("ECORE_GROUP", str),
    "no_records": ("ECORE_NO_RECORDS", bool),
    "no_views": ("ECORE_NO_VIEWS", bool),
    "max_requests": ("ECORE_MAX_REQUESTS", int),
    "max_minutes": ("ECORE_MAX_MINUTES", float),
    "max_age": ("ECORE_MAX_AGE", str),
    "workers": ("ECORE_WORKERS", int),
    "attempts": ("ECORE_ATTEMPTS", int),
    "timeout_s": ("ECORE_TIMEOUT_S", float),
}
"""What a section may say: the variable that it stands for, or whose name ``…_env`` replaces, and its type."""

ONE_OF = (
    ("token_file", "token_env"),
    ("destination", "destination_file", "destination_env"),
    ("pii_key_file", "pii_key_env"),
)
"""Keys that say the same in several ways: one of them counts, and the variables of all give way to it."""

OF_ONE_ACCOUNT = ("token_file", "token_env", "destination", "destination_file", "destination_env", "account")
"""What all profiles together never take from the environment: there it is meant for one account."""

_SECRETS = {"token": "token", "api_token": "token", "pii_key": "pii_key", "password": "destination"}
"""Keys that would hold a secret, and what the keys begin with that say where it is."""

_PASSWORD = re.compile(
    r"://(?!/)[^@]*:[^@]+@|[?&;]\w*(password|passwd|pwd|secret|token|credential|odbc_connect)=[^&;]", re.I
)


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings of one section. ``is_alone``: the environment says nothing of token, place and label."""

    name: str
    path: Path
    values: Mapping[str, str]
    is_alone: bool = False

    def get(self, variable: str) -> str | None:
        """What the profile gives for a variable; else what the environment does."""
        if (key := self.key_of(variable)) is not None:
            return self._from_environment(key) if key.endswith("_env") else self.values[key]
        if variable == "ECORE_ACCOUNT":
            return self.name
        return None if self._gives_way(variable) else os.environ.get(variable)

    def key_of(self, variable: str) -> str | None:
        """The key by which the profile gives a variable; None if it does not."""
        return next((key for key in self.values if KEYS[key][0] == variable), None)

    def settings(self, **given: Any) -> Settings:
        """As `load_settings`, for this profile; what is given counts first."""
        return self._told(load_settings, **given)

    def destination(self) -> str | None:
        """As `load_destination`, for this profile."""
        return self._told(load_destination)

    def pii_key(self) -> Secret | None:
        """As `load_pii_key`, for this profile."""
        return self._told(load_pii_key)

    def located(self, text: str) -> str:
        """A complaint about a setting, by the key's name where the profile gives it or could have."""

        def named(found: re.Match[str]) -> str:
            variable = found[0]
            if (key := self.key_of(variable)) is not None:
                return key
            is_heard = os.environ.get(variable) and not self._gives_way(variable)
            return variable if is_heard else next((k for k in KEYS if KEYS[k][0] == variable), variable)

        return f"{re.sub('ECORE_[A-Z_]+', named, text)} (profile {self.name} of {self.path})"

    def _told(self, load: Callable[..., T], **given: Any) -> T:
        try:
            return load(environ=self, **given)
        except SettingsError as error:
            raise SettingsError(self.located(str(error))) from None

    def _gives_way(self, variable: str) -> bool:
        """Whether the environment has no say in it: the profile says it in another way, or all are asked."""
        keys = {key for key, (named, _) in KEYS.items() if named == variable}
        said_otherwise = any(keys & set(group) and self.values.keys() & set(group) for group in ONE_OF)
        return said_otherwise or (self.is_alone and not keys.isdisjoint(OF_ONE_ACCOUNT))

    def _from_environment(self, key: str) -> str:
        if text := (os.environ.get(self.values[key]) or "").strip():
            return text
        # Without its name, as somebody may have put the secret itself there.
        raise SettingsError(f"the variable that {key} names is not set; give the name of one, not its value")


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """A file of profiles as it was read: ``shared`` counts for all of them."""

    path: Path
    shared: Mapping[str, Any]
    sections: Mapping[str, Mapping[str, Any]]

    def profile(self, name: str, *, is_alone: bool = False) -> Profile:
        """One of them, checked. Raises `SettingsError` for what it must not hold."""
        if name not in self.sections:
            raise SettingsError(f"there is no profile {name!r} in {self.path}{_advice(name, self.sections)}")
        account_label(name)
        shared, own = _texts(self.path, None, self.shared), _texts(self.path, name, self.sections[name])
        replaced = {key for group in ONE_OF if own.keys() & set(group) for key in group}
        kept = {key: text for key, text in shared.items() if key not in replaced}
        return Profile(name, self.path, kept | own, is_alone)


def load_profile(name: str, config: str | os.PathLike[str] | None = None) -> Profile:
    """The profile of that name, from the file of `load_profiles`."""
    return load_profiles(config).profile(name)


def load_profiles(config: str | os.PathLike[str] | None = None) -> ProfileFile:
    """The profiles of a file: ``config``, else the one that ECORE_CONFIG names, else the user's or system's.

    Warns if others can read the file, and raises `SettingsError` if they can write it: they could choose who
    gets the token.
    """
    path = _path_of(config)
    try:
        _check_rights(path)
        found = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no valid TOML: {error}") from None
    sections = {name: value for name, value in found.items() if isinstance(value, dict)}
    if not sections:
        raise SettingsError(f"{path} holds no profile: one is a section such as [acme], its keys below")
    shared = {name: value for name, value in found.items() if name not in sections}
    return ProfileFile(path, shared, sections)


def _path_of(config: str | os.PathLike[str] | None) -> Path:
    named = config or (os.environ.get("ECORE_CONFIG") or "").strip()
    if named:
        return Path(named).expanduser().absolute()
    places = [*_user_folder(), SYSTEM_FOLDER]
    for folder in places:
        if (folder / FILE_NAME).exists():
            return folder / FILE_NAME
    looked = " or ".join(map(str, places))
    here = (
        f"; the one in this folder is only taken by --config {FILE_NAME}" if Path(FILE_NAME).exists() else ""
    )
    raise SettingsError(f"there is no {FILE_NAME} in {looked}, and --config names none{here}")


def _user_folder() -> list[Path]:
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    try:
        home = Path(folder) if Path(folder).is_absolute() else Path.home() / ".config"
    except RuntimeError:  # a user without a home
        return []
    return [home / "ecore-export"]


def _check_rights(path: Path) -> None:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        return
    if found.st_mode & stat.S_IWOTH:
        raise SettingsError(
            f"everybody can write {path}, and could choose who gets the token: chmod 600 it, or 640"
        )
    if found.st_mode & (stat.S_IROTH | stat.S_IWGRP):
        warnings.warn(f"others can read or write {path}: chmod 600 it, or 640", stacklevel=4)


def _texts(path: Path, section: str | None, found: Mapping[str, Any]) -> dict[str, str]:
    """The keys of a section with their values as text, checked by name and type; no value is ever told."""
    where = f"{path}, " + (f"section {section}" if section else "above the first section")
    texts = {}
    for key, value in found.items():
        if key not in KEYS:
            raise SettingsError(f"{where}: {_why_unknown(key, value)}")
        kind = KEYS[key][1]
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise SettingsError(f"{where}: {key} is {_KINDS[kind]}")
        text = str(value).strip() if kind is not bool else str(value).lower()
        if not text:
            raise SettingsError(f"{where}: {key} is empty")
        if key == "destination" and _PASSWORD.search(text):
            raise SettingsError(
                f"{where}: a password does not belong in this file: say by destination_file or "
                "destination_env where the URL is"
            )
        texts[key] = _beside(path, text) if key.endswith("_file") else text
    for group in ONE_OF:
        if len(both := [key for key in group if key in texts]) > 1:
            raise SettingsError(f"{where}: {' and '.join(both)} say the same: give one of them")
    return texts


def _beside(path: Path, text: str) -> str:
    """The path of a file that is named: what is relative counts from the folder of the profiles."""
    try:
        return str(path.parent / Path(text).expanduser())
    except RuntimeError:  # of a user that does not exist, or has no home
        return text


def _why_unknown(key: str, value: object) -> str:
    if isinstance(value, dict):
        return "a section holds no other one: write its keys right below its own [name]"
    if (kind := _SECRETS.get(key.lower())) is not None:
        return f"a secret does not belong in this file: say by {kind}_file or {kind}_env where it is"
    if not re.fullmatch(r"[\w.-]{1,40}", key):
        return "a key is not known, see the page on settings"
    return f"{key!r} is not known{_advice(key, KEYS)}"


def _advice(name: str, names: Mapping[str, Any]) -> str:
    nearest = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {nearest[0]!r}?" if nearest else f"; there are {', '.join(names)}"
