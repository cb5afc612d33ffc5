"""Erasing addresses from what is stored: which columns of which table, and which rows lose what.

In: addresses, their hashes, stored rows. Out: the rows without the addresses, and what was found.

A record of an erased address keeps its row, so that counts still reconcile, and loses what `privacy.BLANKED`
names. Where an address stands inside another text (an error message, a list's name, an example of a reject),
that text goes as a whole. Whether it does is decided here for every destination, by `addresses.pieces`, as
later syncs decide it; a database only finds the rows worth a look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..addresses import PLACEHOLDER, forms, pieces, pieces_of_email, spellings
from ..privacy import BLANKED, JOB_TEXTS, RECORD_TEXTS, address_hash, mapped
from ..settings import Secret

TEXTS: tuple[tuple[schema.Table, tuple[str, ...]], ...] = (
    (schema.RECORDS, RECORD_TEXTS),
    (schema.JOBS, JOB_TEXTS),
    (schema.JOB_HISTORY, JOB_TEXTS),
    (schema.REJECTS, ("raw",)),
    (schema.SYNC_RUNS, ("drift", "error")),
)
"""The tables that may mention an address, and the texts in which they do."""

PLAIN_ADDRESS = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]*[A-Za-z0-9]$"
"""What every database lowers alike and, without `PUNYCODE`, nobody spells otherwise.

Any other `email` is looked at one by one.
"""
PUNYCODE = "xn--"


def texts_of(table: schema.Table) -> tuple[str, ...]:
    """The columns of a table in which an address may stand as part of a text."""
    return {owner.name: names for owner, names in TEXTS}[table.name]


def erasable(table: schema.Table) -> tuple[str, ...]:
    """The columns that erasing looks at or changes."""
    own = ("email", "email_hash") if table is schema.RECORDS else ()
    return (*own, *texts_of(table))


@dataclass(frozen=True, slots=True)
class Erased:
    """What was taken out: records of the addresses, other texts, and how many addresses were met at all.

    ``given``: how many different addresses were asked for.
    """

    records: int = 0
    texts: int = 0
    given: int = 0
    found: int = 0

    @property
    def nowhere(self) -> int:
        """How many of the addresses were not there."""
        return self.given - self.found


@dataclass(slots=True)
class Erasure:
    """What to erase. Counts what it met while it is used, and is used once.

    ``owners``: the address that each form of one stands for. ``hashes``: likewise what `email_hash` holds.
    """

    owners: dict[str, str]
    hashes: dict[str, str] = field(default_factory=dict)
    records: int = 0
    texts: int = 0
    found: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, addresses: tuple[str, ...], key: Secret | None = None) -> Erasure:
        """Erase these addresses, as they are given; ``key``: that of the hashes, where there are any."""
        owners = {form: address for address in addresses for form in forms(address)}
        hashes = {address_hash(key, form): a for a in addresses for form in spellings(a)} if key else {}
        return cls(owners, hashes)

    @property
    def erased(self) -> Erased:
        """What was met so far."""
        given = len({*self.owners.values()})
        return Erased(self.records, self.texts, given, len(self.found))

    def blanked(self, table: schema.Table, rows: pa.Table) -> pa.Table:
        """The rows without the addresses; at least the key and the columns `erasable` are there."""
        if table is schema.RECORDS:
            is_erased = self._is_erased(rows)
            if erased := pc.sum(pc.cast(is_erased, pa.int64())).as_py() or 0:
                self.records += erased
                for name in BLANKED:
                    rows = _set(rows, name, pc.if_else(is_erased, pa.scalar(None, pa.string()), rows[name]))
        for name in texts_of(table):
            old = rows[name]
            new = mapped(old, self._without if name != "raw" else self._unless_mentioned)
            if new is not old:
                changed = _differs(old, new)
                self.texts += pc.sum(pc.cast(changed, pa.int64())).as_py() or 0
                rows = _set(rows, name, new)
        return rows

    def changed(self, table: schema.Table, rows: pa.Table) -> pa.Table:
        """As `blanked`, but only the rows that lose something."""
        new = self.blanked(table, rows)
        differs: Any = pa.chunked_array([pa.repeat(False, len(rows))])
        for name in erasable(table):
            differs = pc.or_(differs, _differs(rows[name], new[name]))
        return new.filter(differs)

    def plain_addresses(self) -> list[str]:
        """The forms that a record of a plain address can have."""
        return sorted(form for form in self.owners if form.isascii())

    def _is_erased(self, rows: pa.Table) -> Any:
        is_plain: Any = pc.match_substring_regex(rows["email"], PLAIN_ADDRESS)
        by_address = pc.is_in(pc.utf8_lower(rows["email"]), value_set=pa.array(self.owners, pa.string()))
        by_hash = pc.is_in(rows["email_hash"], value_set=pa.array(self.hashes, pa.string()))
        is_punycode = pc.match_substring(rows["email"], PUNYCODE, ignore_case=True)
        is_odd: Any = pc.fill_null(pc.or_(pc.invert(is_plain), is_punycode), False)
        is_candidate = pc.or_(pc.or_(is_odd, by_address), by_hash)
        candidates: list[Any] = rows.select(["email", "email_hash"]).filter(is_candidate).to_pylist()
        owned = [self._owns(row["email"], row["email_hash"]) for row in candidates]
        return _scattered(is_candidate, owned)

    def _owns(self, email: str | None, digest: str | None) -> bool:
        met = (
            set() if email is None else {self.owners[p] for p in pieces_of_email(email) & self.owners.keys()}
        )
        if digest in self.hashes:
            met.add(self.hashes[digest])
        self.found |= met
        return bool(met)

    def _without(self, text: str) -> str:
        return PLACEHOLDER if self._mentions(text) else text

    def _unless_mentioned(self, text: str) -> str | None:
        return None if self._mentions(text) else text

    def _mentions(self, text: str) -> bool:
        met = pieces(text) & self.owners.keys()
        self.found.update(self.owners[form] for form in met)
        return bool(met)


def _scattered(where: Any, values: list[bool]) -> Any:
    """False, but ``values`` one after the other where ``where`` holds."""
    found = np.zeros(len(where), bool)
    found[where.to_numpy()] = values
    return pa.chunked_array([pa.array(found)])


def _differs(old: Any, new: Any) -> Any:
    """Row by row, null and null being the same; nothing becomes a text that was null."""
    return pc.fill_null(pc.not_equal(old, new), pc.xor(pc.is_null(old), pc.is_null(new)))


def _set(rows: pa.Table, name: str, values: Any) -> pa.Table:
    i = rows.schema.get_field_index(name)
    return rows.set_column(i, rows.schema.field(i), values)
