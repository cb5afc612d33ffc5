"""The sandbox as an httpx transport: an API in this process, behind any `httpx.Client`.

In: a `Sandbox`. Out: its answers as httpx has them. A delay that a fault asks for is not waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from .service import Sandbox


class SandboxTransport(httpx.BaseTransport):
    """Answers every request from a sandbox, whatever its host."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.RemoteProtocolError` where the connection is to break off."""
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        answer = self._sandbox.handle(request.method, path, query, dict(request.headers))
        if answer.is_broken_off:
            raise httpx.RemoteProtocolError("the connection broke off", request=request)
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body))
