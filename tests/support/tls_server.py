"""A server behind a certificate of its own, for tests of what a real handshake checks."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from scripted_api import RawServer, http_bytes


class TlsServer(RawServer):
    """A `RawServer` behind a certificate that nobody knows; ``requests`` are those that came decrypted.

    ``wants_certificate``: whether clients have to show the same certificate.
    """

    def __init__(
        self,
        certificate: Path,
        answer: Callable[[bytes], bytes | None] = lambda _: http_bytes(b'{"by": "server"}'),
        *,
        wants_certificate: bool = False,
    ) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        if wants_certificate:
            self._context.load_verify_locations(certificate)
            self._context.verify_mode = ssl.CERT_REQUIRED
        super().__init__(answer)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(ssl.SSLError), self._context.wrap_socket(connection, server_side=True) as encrypted:
            super()._serve(encrypted)


def make_certificate(folder: Path) -> Path:
    """Key and self-signed certificate for api.example and loopback, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not on this machine: install the Debian package openssl")
    path = folder / "both.pem"
    command = f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=api.example"
    names = ["-addext", "subjectAltName=DNS:api.example,DNS:localhost,IP:127.0.0.1"]
    done = subprocess.run(
        [*command.split(" "), *names, "-keyout", "-", "-out", "-"], capture_output=True, check=True
    )
    path.write_bytes(done.stdout)
    return path
