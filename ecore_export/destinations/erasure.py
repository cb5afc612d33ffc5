"""Erasing addresses from what is stored: which columns of which table, once for Arrow and once for SQL.

In: addresses and their hashes. Out: changed Arrow tables, or SQL statements. Called by the destinations.

A record of an erased address keeps its row, so that counts still reconcile, and loses what `privacy.BLANKED`
names. Where an address stands inside another text (an error message, a list's name, an example of a reject),
that text goes as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..privacy import BLANKED, PLACEHOLDER

TEXTS: tuple[tuple[schema.Table, str, str | None], ...] = (
    (schema.RECORDS, "error_message", PLACEHOLDER),
    (schema.JOBS, "list_name", PLACEHOLDER),
    (schema.JOB_HISTORY, "list_name", PLACEHOLDER),
    (schema.REJECTS, "raw", None),
)
"""Texts in which an address may stand, and what takes their place."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What to erase. ``addresses``: in lower case. ``hashes``: what `email_hash` holds of them.

    ``forms``: how they may be written inside other texts, in lower case.
    """

    addresses: tuple[str, ...]
    hashes: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()

    def blanked(self, table: schema.Table, rows: pa.Table) -> tuple[pa.Table, int]:
        """The rows without the addresses, and how many records were those of an erased address."""
        erased = 0
        if table is schema.RECORDS:
            is_erased = self._is_erased(rows)
            erased = pc.sum(pc.cast(is_erased, pa.int64())).as_py() or 0
            if erased:
                for name in BLANKED:
                    rows = _set(rows, name, is_erased, None)
        for owner, name, replacement in TEXTS:
            if owner is table:
                rows = _set(rows, name, self._mentions(rows.column(name)), replacement)
        return rows, erased

    def statements(
        self, qualified: Callable[[schema.Table], str]
    ) -> Iterator[tuple[str, dict[str, str], bool]]:
        """SQL that does the same: text, parameters, and whether its count of rows is that of records."""
        records = qualified(schema.RECORDS)
        blank = ", ".join(f"{name} = NULL" for name in BLANKED)
        forget = f"UPDATE {records} SET {blank}"  # noqa: S608 - names are the schema's own
        for address in self.addresses:
            yield f"{forget} WHERE lower(email) = :value", {"value": address}, True
        for digest in self.hashes:
            yield f"{forget} WHERE email_hash = :value", {"value": digest}, True
        for table, name, replacement in TEXTS:
            new = "NULL" if replacement is None else f"'{replacement}'"
            update = f"UPDATE {qualified(table)} SET {name} = {new}"  # noqa: S608 - names are the schema's own
            for form in self.forms:
                yield f"{update} WHERE lower({name}) LIKE :value ESCAPE '!'", {"value": _pattern(form)}, False

    def _is_erased(self, rows: pa.Table) -> Any:
        lower = pc.utf8_lower(rows.column("email"))
        by_address = pc.is_in(lower, value_set=pa.array(self.addresses, pa.string()))
        by_hash = pc.is_in(rows.column("email_hash"), value_set=pa.array(self.hashes, pa.string()))
        return pc.or_(by_address, by_hash)

    def _mentions(self, texts: Any) -> Any:
        pattern = "|".join(re.escape(form) for form in self.forms) or r"^\b$"
        return pc.fill_null(pc.match_substring_regex(texts, pattern, ignore_case=True), False)


def _set(rows: pa.Table, name: str, where: Any, value: str | None) -> pa.Table:
    i = rows.schema.get_field_index(name)
    column = pc.if_else(where, pa.scalar(value, pa.string()), rows.column(name))
    return rows.set_column(i, rows.schema.field(i), column)


def _pattern(form: str) -> str:
    escaped = re.sub(r"([!%_])", r"!\1", form)
    return f"%{escaped}%"
