"""How a request failed, in words and as an error: by httpx's exceptions, or by the status of its answer.

In: an exception, or an `Answer` that is no 200. Out: a `NoAnswerError`, or an `ApiError`.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from ..errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    MalformedBodyError,
    NotFoundError,
    RedirectError,
    ServerError,
)

_PROXY_ADVICE = (
    "check the user and password in HTTPS_PROXY or ALL_PROXY, or those of your http_client's proxy="
)
_TRUST_ADVICE = (
    "check ECORE_BASE_URL; for a certificate authority of your own, set SSL_CERT_FILE or give an http_client "
    "with verify="
)


class NoAnswerError(Exception):
    """No answer, or not the whole of one. ``advice``: what to do, where trying again is of no use."""

    def __init__(self, reason: str, advice: str = "") -> None:
        super().__init__(reason)
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. ``body``: decompressed; ``bytes_received``: of the body, as it was sent."""

    status: int
    body: bytes
    retry_after: str | None
    bytes_received: int


def no_answer(error: httpx.RequestError, deadline: float) -> NoAnswerError:
    """What became of a request, by the kinds of errors."""
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return NoAnswerError("its TLS certificate is not trusted", _TRUST_ADVICE)
    if isinstance(error, httpx.ProxyError):
        # A proxy's status is nowhere but at the beginning of the text.
        status = re.match(r"[1-5]\d\d\b", str(error))
        told = f" ({status[0]})" if status else ""
        if told == " (407)":
            return NoAnswerError("the proxy refuses its user or password (407)", _PROXY_ADVICE)
        return NoAnswerError(f"the proxy refuses to lead there{told}")
    if isinstance(error, httpx.TimeoutException) or time.monotonic() > deadline:
        return NoAnswerError("it took too long")
    if isinstance(error, httpx.DecodingError):
        return NoAnswerError("its body cannot be decompressed")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return NoAnswerError("its name cannot be resolved")
    if isinstance(error, httpx.ConnectError):
        is_tls = any(isinstance(cause, ssl.SSLError) for cause in causes)
        return NoAnswerError("no TLS connection" if is_tls else "nobody takes the connection")
    return NoAnswerError("the connection broke off")


def _causes(error: BaseException) -> list[BaseException]:
    found, cause = list[BaseException](), error.__cause__ or error.__context__
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found


def retry_after_s(text: str | None, now: datetime) -> float | None:
    """Seconds to wait, from a Retry-After header in either of its forms (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    try:
        if text.strip().isdecimal():
            return float(text)
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def status_error(answer: Answer, path: str, host: str) -> ApiError:
    """The error for an answer that is neither 200 nor 429."""
    status = answer.status
    if status == 401 or (status == 403 and _is_from_the_api(answer.body)):
        return AuthenticationError(
            f"the API refused the token ({status}); check ECORE_API_TOKEN "
            "(eCore dashboard, Settings → API Tokens)",
            status=status,
        )
    if status == 404:
        return NotFoundError(
            f"{path} does not exist at {host}, or belongs to another user (404)",
            status=status,
        )
    if 300 <= status < 400:
        return RedirectError(
            f"{host} answered with a redirect ({status}), which is not followed; check ECORE_BASE_URL",
            status=status,
        )
    if status >= 500 or status == 408:
        wait = retry_after_s(answer.retry_after, datetime.now(UTC))
        return ServerError(
            f"{host} answers with a server fault ({status}); run again later",
            status=status,
            retry_after_s=wait,
        )
    if status < 300:
        return MalformedBodyError(f"{host} answered {status} without a body to read", status=status)
    return BadRequestError(_refusal(status, path, host), status=status)


def _refusal(status: int, path: str, host: str) -> str:
    if status == 403:
        return (
            f"a firewall or proxy before {host} refused the request, not the API (403); ask whoever runs it"
        )
    if status == 407:
        return f"the proxy refuses its user or password (407); {_PROXY_ADVICE}"
    return f"{host} refused the request for {path} ({status})"


def _is_from_the_api(body: bytes) -> bool:
    """Whether an error's body is the API's: a JSON object with ``detail``."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(payload, dict) and "detail" in payload
