"""Settings: arguments first, then the environment, or what stands in its place.

In: keyword arguments and ``os.environ``, or a profile. Out: one frozen `Settings`.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from .arguments import whole_number
from .errors import SettingsError

DEFAULT_BASE_URL = "https://app.ecoreservice.com/backend/api/v1/"


class Variables(Protocol):
    """Where variables come from: the environment, or a profile before it."""

    def get(self, variable: str, /) -> str | None:
        """What one says; None if nothing."""


_Environment = Callable[[str], str | None]
"""Gives one variable by its name. A mapping would be shown in full by tools that show a frame's variables."""


class Secret:
    """A string that shows itself only when asked: never in ``repr``, ``str``, logs or tracebacks."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret('********')"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled")


def without_frames(error: BaseException) -> BaseException:
    """``error`` and its causes as they are, without their tracebacks.

    In the frames of an HTTP client or a driver, variables hold headers and passwords, and some tools that
    report errors show variables.
    """
    cause: BaseException | None = error
    while cause is not None:
        cause.__traceback__ = None
        cause = cause.__cause__ or cause.__context__
    return error


SHORTEST_PII_KEY = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach the API. ``timeout_s``: per connect and per read. ``attempts``: tries per request."""

    token: Secret = field(repr=False)
    base_url: str = DEFAULT_BASE_URL
    timeout_s: float = 30.0
    attempts: int = 8
    workers: int = 8
    pii_key: Secret | None = field(default=None, repr=False)


def load_settings(
    *,
    token: str | None = None,
    base_url: str | None = None,
    timeout_s: float | None = None,
    attempts: int | None = None,
    workers: int | None = None,
    pii_key: str | None = None,
    environ: Variables | None = None,
) -> Settings:
    """Settings from the arguments, then from the environment, then from the defaults.

    Reads ``ECORE_API_TOKEN``, ``ECORE_API_TOKEN_FILE``, ``ECORE_BASE_URL``, ``ECORE_TIMEOUT_S``,
    ``ECORE_ATTEMPTS``, ``ECORE_WORKERS``, ``ECORE_PII_KEY`` and ``ECORE_PII_KEY_FILE``. Raises
    `SettingsError` when the token is missing or a value does not make sense.
    """
    env = _environment(environ)
    return Settings(
        token=_bare(_given_token(env) if token is None else Secret(token)),
        base_url=check_base_url((base_url or "").strip() or env("ECORE_BASE_URL") or DEFAULT_BASE_URL),
        timeout_s=_number("timeout_s", timeout_s, env, "ECORE_TIMEOUT_S", 30.0, above=0.0),
        attempts=_count("attempts", attempts, env, "ECORE_ATTEMPTS", 8),
        workers=_count("workers", workers, env, "ECORE_WORKERS", 8),
        pii_key=load_pii_key(pii_key, environ),
    )


def load_pii_key(key: str | None = None, environ: Variables | None = None) -> Secret | None:
    """The key of the privacy mode ``hash``; None if there is none.

    The argument, else ``ECORE_PII_KEY``, else what the file of ``ECORE_PII_KEY_FILE`` holds.
    """
    # As it is given: an earlier version did not leave out the blanks around it, see `runs`.
    text, name = (
        key or (os.environ if environ is None else environ).get("ECORE_PII_KEY") or "",
        "ECORE_PII_KEY",
    )
    if not text.strip() and (kept := _kept_in_file(_environment(environ), "ECORE_PII_KEY_FILE")):
        text, name = kept.reveal(), "ECORE_PII_KEY_FILE"
    if text.strip() and len(text.strip()) < SHORTEST_PII_KEY:  # whoever guesses it finds the addresses
        raise SettingsError(f"{name} is too short: give it {SHORTEST_PII_KEY} characters at least")
    return Secret(text) if text.strip() else None


def load_destination(environ: Variables | None = None) -> str | None:
    """``ECORE_DESTINATION``, else what the file of ``ECORE_DESTINATION_FILE`` holds; None if neither."""
    env = _environment(environ)
    if url := env("ECORE_DESTINATION"):
        return url
    kept = _kept_in_file(env, "ECORE_DESTINATION_FILE")
    return kept.reveal().strip() if kept else None


def check_base_url(url: str) -> str:
    """The base URL with a closing slash; HTTPS, or HTTP to loopback only. Raises `SettingsError`."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # which may quote a part of a password
        raise SettingsError("ECORE_BASE_URL is not a URL; it should look like " + DEFAULT_BASE_URL) from None
    if parts.scheme not in ("http", "https") or not host:
        raise SettingsError("ECORE_BASE_URL is not an http(s) URL; it should look like " + DEFAULT_BASE_URL)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError("ECORE_BASE_URL must hold no user, password, query or fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError("ECORE_BASE_URL must be https: plain http would show the token to the network")
    return url if url.endswith("/") else url + "/"


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this machine itself: localhost, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _environment(environ: Variables | None) -> _Environment:
    variables = os.environ if environ is None else environ
    # A Kubernetes secret made with `echo … | base64` ends in a line break, which nobody means.
    return lambda name: (variables.get(name) or "").strip() or None


def _given_token(env: _Environment) -> Secret:
    if token := Secret(env("ECORE_API_TOKEN") or ""):
        return token
    if kept := _kept_in_file(env, "ECORE_API_TOKEN_FILE"):
        return kept
    raise SettingsError(
        "no API token: set ECORE_API_TOKEN or ECORE_API_TOKEN_FILE (eCore dashboard, Settings → API Tokens), "
        "or try `ecore-export demo`, which needs none"
    )


def _kept_in_file(env: _Environment, variable: str) -> Secret | None:
    """The text of the file that a variable names, without its last line break; None if it names none."""
    path = Secret(env(variable) or "")
    if not path:
        return None
    try:
        kept = Secret(Path(path.reveal()).read_text(encoding="utf-8-sig").rstrip("\r\n"))
    except (OSError, ValueError) as error:
        # Without the path, as somebody may have put the secret itself there.
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "no text"
        raise SettingsError(f"the file of {variable} cannot be read: {reason}") from None
    if not kept.reveal().strip():
        raise SettingsError(f"the file of {variable} is empty")
    return kept


def _bare(given: Secret) -> Secret:
    """The token without blanks around it; raises `SettingsError` if it cannot be one."""
    if not re.fullmatch(r"\s*[!-~]+\s*", given.reveal()):
        raise SettingsError(
            "the API token is empty or holds spaces, line breaks or non-ASCII characters; "
            "give the bare token, without the word 'Token'"
        )
    return Secret(given.reveal().strip())


def _number(
    name: str, value: float | None, env: _Environment, variable: str, default: float, *, above: float
) -> float:
    text = env(variable)
    try:
        number = float(value) if value is not None else float(text) if text else float(default)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{variable} is not a number") from error
    if not above < number < float("inf"):
        raise SettingsError(f"{name} ({variable}) must be a positive number")
    return number


def _count(name: str, value: int | None, env: _Environment, variable: str, default: int) -> int:
    number = value if value is not None else _number(name, None, env, variable, default, above=0.0)
    return whole_number(f"{name} ({variable})", number)
