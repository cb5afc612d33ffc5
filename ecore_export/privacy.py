"""What of an address may be stored: the privacy modes, and the addresses that were erased.

In: record rows, job facts and examples of rejects as they come from the API. Out: the same, with what must
not be stored taken out.

=======  ======================  =========================================  ======================
mode     email                   email_hash                                 other texts
=======  ======================  =========================================  ======================
keep     as given                null                                       as given
hash     null                    HMAC-SHA256 of it, keyed by ECORE_PII_KEY  addresses replaced
drop     null                    null                                       addresses replaced
=======  ======================  =========================================  ======================

``email_domain`` is kept in every mode, and ``ec_id`` unless it is an address. The row of an erased address is
blank in `BLANKED`, and a text that mentions one goes as a whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .addresses import AT_SIGNS, PLACEHOLDER, masked, pieces, pieces_of_email
from .errors import SettingsError
from .settings import Secret

Rows = TypeVar("Rows", pa.RecordBatch, pa.Table)
PiiMode = Literal["keep", "hash", "drop"]
MODES: tuple[PiiMode, ...] = ("keep", "hash", "drop")

BLANKED = ("email", "email_hash", "email_domain", "ec_id", "error_message")
"""Columns of `records` that are null for an erased address."""
RECORD_TEXTS = ("ec_id", "email_domain", "status", "validator_used", "error_message")
JOB_TEXTS = ("job_uuid", "list_name", "status", "duration", "results_summary")
"""Columns that come from the API as text, in which an address may stand."""

_FINGERPRINTED = b"ecore-export privacy key"


@dataclass(frozen=True, slots=True)
class Privacy:
    """The rules of one destination.

    ``key``: for the mode ``hash``. ``erased``: hashes of erased addresses under ``erasure_key``, a random key
    of the destination's own.
    """

    mode: PiiMode = "keep"
    key: Secret | None = None
    erased: frozenset[str] = frozenset()
    erasure_key: Secret = field(default_factory=lambda: Secret(""))

    def rows(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Record rows (`columns.RECORD_ROWS_ARROW`) as they may be stored."""
        if self.mode == "keep" and not self.erased:
            return rows
        emails: Any = rows.column("email").to_pylist()
        if self.erased:
            is_erased = np.array([self._is_erased(email) for email in emails], bool)
        if self.mode != "keep":
            hashes = [self._hash(email) for email in emails] if self.mode == "hash" else None
            rows = _replaced(
                rows,
                email=pa.nulls(len(rows), pa.string()),
                email_hash=pa.array(hashes or [None] * len(rows), pa.string()),
            )
        if self.erased:
            rows = _replaced(rows, **{name: _blank(rows.column(name), is_erased) for name in BLANKED})
        return self._told(rows, RECORD_TEXTS)

    def facts(self, facts: Rows) -> Rows:
        """Job facts, or rows of `schema.JOBS`, as they may be stored."""
        if self.mode == "keep" and not self.erased:
            return facts
        return self._told(facts, JOB_TEXTS)

    def raw(self, raw: str | None) -> str | None:
        """An example of a reject as it may be stored."""
        if raw is None or (self.mode == "keep" and not self.erased):
            return raw
        if self.mode != "keep":
            return masked(_only_kinds(raw))
        return None if self._mentions_erased(raw) else raw

    def fingerprint(self) -> str | None:
        """Tells two keys apart without telling anything of them."""
        if self.key is None:
            return None
        return _keyed(self.key, _FINGERPRINTED)[:16]

    def _hash(self, email: str | None) -> str | None:
        if self.key is None:
            raise SettingsError("--pii hash needs a key: set ECORE_PII_KEY to a long random text and keep it")
        return None if email is None else address_hash(self.key, email)

    def _is_erased(self, email: str | None) -> bool:
        return email is not None and self._is_among(pieces_of_email(email))

    def _mentions_erased(self, text: str) -> bool:
        return self._is_among(pieces(text))

    def _is_among(self, found: set[str]) -> bool:
        return any(address_hash(self.erasure_key, piece) in self.erased for piece in found)

    def _told(self, rows: Rows, names: tuple[str, ...]) -> Rows:
        """Rows with these texts as they may be stored."""
        columns = {name: mapped(rows.column(name), self._told_text) for name in names}
        return _replaced(rows, **columns)

    def _told_text(self, text: str) -> str:
        if self.mode != "keep":
            return masked(text)
        return PLACEHOLDER if self._mentions_erased(text) else text


def mapped(texts: Any, change: Callable[[str], str | None]) -> Any:
    """Texts, each that may mention an address changed; distinct ones once. Most hold no address at all."""
    is_candidate = pc.match_substring_regex(texts, AT_SIGNS, ignore_case=True)
    if not pc.any(is_candidate).as_py():
        return texts
    distinct: list[Any] = pc.unique(texts.filter(is_candidate)).to_pylist()
    new = {text: change(text) for text in distinct}
    return pa.array([new.get(text, text) for text in texts.to_pylist()], pa.string())


def address_hash(key: Secret, address: str) -> str:
    """HMAC-SHA256 of an address in lower case, hexadecimal (RFC 2104)."""
    return _keyed(key, address.strip().lower().encode())


def _keyed(key: Secret, message: bytes) -> str:
    return hmac.digest(key.reveal().encode(), message, hashlib.sha256).hex()


def _only_kinds(raw: str) -> str:
    """An example with its texts taken out: what is left says which fields there were, and of which kind."""
    try:
        item = json.loads(raw)
    except ValueError:  # cut at 64 KiB
        return json.dumps("<cut>")
    return json.dumps(_without_texts(item))


def _without_texts(value: Any) -> Any:
    if isinstance(value, str):
        return "<string>"
    if isinstance(value, list):
        return [_without_texts(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_texts(item) for name, item in value.items()}
    return value


def _blank(values: Any, is_erased: np.ndarray[Any, Any]) -> Any:
    return pc.if_else(pa.array(is_erased), pa.scalar(None, values.type), values)


def _replaced(rows: Rows, **columns: Any) -> Rows:
    arrays = [columns.get(name, rows.column(name)) for name in rows.schema.names]
    return type(rows).from_arrays(arrays, schema=rows.schema)
