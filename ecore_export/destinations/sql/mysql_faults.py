"""What MySQL's and MariaDB's error numbers mean.

In: an error of pymysql. Out: a `Fault`.

The numbers are those of both servers' reference manuals: below 2000 and from 3000 on the server's, from 2000
to 2999 the client's. The class of pymysql's error tells little: most are `OperationalError`.
"""

from __future__ import annotations

import sqlalchemy as sa

from ...errors import DestinationBusyError, DestinationError
from .dialect import Fault

_TRANSIENT = {
    0: "the connection is closed",
    1040: "too many connections",
    1047: "the node is not ready",
    1053: "shutting down",
    1152: "connection broken off",
    1158: "connection broken off",
    1159: "connection broken off",
    1160: "connection broken off",
    1161: "connection broken off",
    1184: "connection broken off",
    1203: "too many connections of this user",
    1205: "somebody else holds a lock",
    1206: "too many locks",
    1213: "deadlock",
    1226: "the user's share is spent",
    1317: "interrupted",
    1412: "a table was changed meanwhile",
    1927: "connection ended by the server",
    1969: "statement took too long",
    2002: "no connection",
    2003: "no connection",
    2006: "connection lost",
    2013: "connection lost",
    2055: "connection lost",
    3024: "statement took too long",
    3058: "deadlock",
    3169: "session ended by the server",
    4031: "session ended by the server",
}

_LOGIN = "it refused the user or the password: check the URL"
_DISK = "its disk is full: free some space, then run the same again; what was published stays"
_GRANT = "the user may not do this: grant it what the page on database rights lists"
NOT_GRANTED = (1044, 1142, 1143, 1227, 1370)
_READ_ONLY = "it is read-only: choose the primary server"
_TOO_LONG = "a value is too long for its column: account labels, for one, may have 255 characters"

_REASONS = dict.fromkeys(NOT_GRANTED, _GRANT) | {
    1021: _DISK,
    1045: _LOGIN,
    1049: "the database does not exist: create it, or check the URL",
    1114: _DISK,
    1104: "it takes the statement for too large: set sql_big_selects = 1 for this user",
    1153: "a row is larger than it takes: raise its max_allowed_packet",
    1290: _READ_ONLY,
    1406: _TOO_LONG,
    1698: _LOGIN,
    1792: _READ_ONLY,
    1836: _READ_ONLY,
    2026: "no TLS connection: check the ssl_… options in the URL",
}


def explain(error: BaseException, _: sa.Engine) -> Fault:
    """By the error's number; the message may quote a row, so it is never shown."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    condition = type(error).__name__ if number is None else f"{type(error).__name__} {number}"
    if number in _TRANSIENT:
        reason = f"it is down or busy, {_TRANSIENT[number]} ({condition}): try again later"
        return Fault(DestinationBusyError, reason)
    return Fault(DestinationError, f"{_REASONS.get(number or -1, 'it failed')} ({condition})")
