"""Settings: arguments first, then the environment; nothing else to puzzle over.

In: keyword arguments and ``os.environ``. Out: one frozen `Settings`. Called by `client` and `cli`.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .errors import SettingsError

DEFAULT_BASE_URL = "https://app.ecoreservice.com/backend/api/v1/"


class Secret:
    """A string that shows itself only when asked: never in ``repr``, ``str``, logs or tracebacks."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('********')"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled")


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
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from the arguments, then from the environment, then from the defaults.

    Reads ``ECORE_API_TOKEN``, ``ECORE_API_TOKEN_FILE``, ``ECORE_BASE_URL``, ``ECORE_TIMEOUT_S``,
    ``ECORE_ATTEMPTS``, ``ECORE_WORKERS`` and ``ECORE_PII_KEY``. Raises `SettingsError` when the token is
    missing or a value does not make sense.
    """
    env = os.environ if environ is None else environ
    return Settings(
        token=Secret(_clean_token(token) if token is not None else _token_from(env)),
        base_url=check_base_url(base_url or env.get("ECORE_BASE_URL") or DEFAULT_BASE_URL),
        timeout_s=_number("timeout_s", timeout_s, env, "ECORE_TIMEOUT_S", 30.0, above=0.0),
        attempts=int(_number("attempts", attempts, env, "ECORE_ATTEMPTS", 8, above=0.99)),
        workers=int(_number("workers", workers, env, "ECORE_WORKERS", 8, above=0.99)),
        pii_key=load_pii_key(pii_key, env),
    )


def load_pii_key(key: str | None = None, environ: Mapping[str, str] | None = None) -> Secret | None:
    """The key of the privacy mode ``hash``: the argument, or ``ECORE_PII_KEY``; None if there is none."""
    env = os.environ if environ is None else environ
    text = key or env.get("ECORE_PII_KEY")
    return Secret(text) if text else None


def check_base_url(url: str) -> str:
    """The base URL with a closing slash; HTTPS, or HTTP to loopback only. Raises `SettingsError`."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise SettingsError("ECORE_BASE_URL is not a URL; it should look like " + DEFAULT_BASE_URL) from error
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


def _token_from(env: Mapping[str, str]) -> str:
    if env.get("ECORE_API_TOKEN"):
        return _clean_token(env["ECORE_API_TOKEN"])
    if path := env.get("ECORE_API_TOKEN_FILE"):
        try:
            return _clean_token(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"ECORE_API_TOKEN_FILE cannot be read: {path}") from error
    raise SettingsError(
        "no API token: set ECORE_API_TOKEN or ECORE_API_TOKEN_FILE (eCore dashboard, Settings → API Tokens), "
        "or try `ecore-export demo`, which needs none"
    )


def _clean_token(token: str) -> str:
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError(
            "the API token is empty or holds spaces, line breaks or non-ASCII characters; "
            "give the bare token, without the word 'Token'"
        )
    return token


def _number(
    name: str, value: float | None, env: Mapping[str, str], variable: str, default: float, *, above: float
) -> float:
    text = env.get(variable)
    try:
        number = float(value) if value is not None else float(text) if text else float(default)
    except ValueError as error:
        raise SettingsError(f"{variable} is not a number") from error
    if not above < number < float("inf"):
        raise SettingsError(f"{name} ({variable}) must be a positive number")
    return number
