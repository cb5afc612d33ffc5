"""What of an address may be stored: the privacy modes, and the addresses that were erased.

In: record rows, job facts and examples of rejects as they come from the API. Out: the same, with what must
not be stored taken out. Called by `syncing` right before anything is written.

=======  ======================  =========================================  ======================
mode     email                   email_hash                                 error_message, raw
=======  ======================  =========================================  ======================
keep     as given                null                                       as given
hash     null                    HMAC-SHA256 of it, keyed by ECORE_PII_KEY  addresses replaced
drop     null                    null                                       addresses replaced
=======  ======================  =========================================  ======================

``email_domain`` and ``ec_id`` are kept in every mode. An erased address is blank in all of these columns, and
a text that mentions one goes as a whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .errors import SettingsError
from .settings import Secret

PiiMode = Literal["keep", "hash", "drop"]
MODES: tuple[PiiMode, ...] = ("keep", "hash", "drop")

BLANKED = ("email", "email_hash", "email_domain", "ec_id", "error_message")
"""Columns of `records` that are null for an erased address."""
PLACEHOLDER = "[address]"

_ADDRESS = r"[^\s@<>\"'(),;:\[\]\\]+@[^\s@<>\"'(),;:\[\]\\]+"
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
        if self.mode != "keep":
            hashes = [self._hash(email) for email in emails] if self.mode == "hash" else None
            rows = _replaced(
                rows,
                email=pa.nulls(len(rows), pa.string()),
                email_hash=pa.array(hashes or [None] * len(rows), pa.string()),
                error_message=_masked(rows.column("error_message")),
            )
        if self.erased:
            is_erased = np.array([self._is_erased(email) for email in emails], bool)
            rows = _replaced(rows, **{name: _blank(rows.column(name), is_erased) for name in BLANKED})
            if self.mode == "keep":
                rows = _replaced(rows, error_message=self._without_erased(rows.column("error_message")))
        return rows

    def facts(self, facts: pa.RecordBatch) -> pa.RecordBatch:
        """Job facts as they may be stored: a list may be named after an erased address."""
        if not self.erased:
            return facts
        return _replaced(facts, list_name=self._without_erased(facts.column("list_name")))

    def raw(self, raw: str | None) -> str | None:
        """An example of a reject as it may be stored."""
        if raw is None or (self.mode == "keep" and not self.erased):
            return raw
        if self.mode != "keep":
            return re.sub(_ADDRESS, PLACEHOLDER, _only_kinds(raw))
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
        return email is not None and address_hash(self.erasure_key, email) in self.erased

    def _mentions_erased(self, text: str) -> bool:
        return any(self._is_erased(found) for found in re.findall(_ADDRESS, text))

    def _without_erased(self, texts: Any) -> Any:
        """Texts, those replaced that mention an erased address; most hold no address at all."""
        if not pc.any(pc.match_substring(texts, "@")).as_py():
            return texts
        replaced = [
            PLACEHOLDER if text is not None and self._mentions_erased(text) else text
            for text in texts.to_pylist()
        ]
        return pa.array(replaced, pa.string())


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


def _masked(texts: Any) -> Any:
    return pc.replace_substring_regex(texts, pattern=_ADDRESS, replacement=PLACEHOLDER)


def _blank(values: Any, is_erased: np.ndarray[Any, Any]) -> Any:
    return pc.if_else(pa.array(is_erased), pa.scalar(None, values.type), values)


def _replaced(rows: pa.RecordBatch, **columns: Any) -> pa.RecordBatch:
    arrays = [columns.get(name, rows.column(name)) for name in rows.schema.names]
    return pa.record_batch(arrays, schema=rows.schema)


def erased_forms(addresses: Sequence[str]) -> list[str]:
    """The forms in which an address may stand in stored text: as given, in lower case, ASCII-escaped."""
    forms = {form for address in addresses for form in (address.strip(), address.strip().lower())}
    return sorted(forms | {json.dumps(form)[1:-1] for form in forms})
