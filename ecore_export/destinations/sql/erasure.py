"""Which rows of an SQL database lose something in an erasure.

In: a database, a table, addresses. Out: changed rows. A condition that no row escapes which holds one of the
addresses, in any spelling, picks them; databases differ in what they lower and compare, so `erasure` decides.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from ..erasure import PLAIN_ADDRESS, PUNYCODE, Erasure, texts_of
from .database import Database
from .dialect import Dialect
from .read import fetch
from .tables import find_table

MOST_NAMED = 10_000
"""More addresses than this are not named in a statement: every record is read instead."""

_MARKS = ("@", "\uff20", "\ufe6b", "40", "&")
"""One of these is in every text that `addresses.may_mention` accepts."""
_LINE_ENDS = ("\n", "\r", "\x85", "\u2028", "\u2029")
"""Before one at the end of a text, too, some databases' patterns end."""


def rows_losing(database: Database, table: schema.Table, erasure: Erasure) -> pa.Table:
    """The rows of a table that erasing changes, as they are to be; it is read once."""
    target = find_table(database.tables, table)
    query = sa.select(target).where(_is_worth_a_look(database.dialect, target, table, erasure))
    read = (pa.Table.from_batches([batch]) for batch in fetch(database, [query], table, table.arrow))
    return pa.concat_tables([table.empty(), *(erasure.changed(table, rows) for rows in read)])


def _is_worth_a_look(
    dialect: Dialect, target: sa.Table, table: schema.Table, erasure: Erasure
) -> sa.ColumnElement[bool]:
    """Whether a row may hold an address: by its own address, or in a text."""
    conditions: list[sa.ColumnElement[bool]] = [
        target.c[name].contains(mark, autoescape=True) for name in texts_of(table) for mark in _MARKS
    ]
    if table is schema.RECORDS:
        conditions += _of_records(dialect, target, erasure)
    return sa.or_(*conditions)


def _of_records(dialect: Dialect, target: sa.Table, erasure: Erasure) -> list[sa.ColumnElement[bool]]:
    email: sa.Column[Any] = target.c.email
    named = erasure.plain_addresses()
    if len(named) + len(erasure.hashes) > MOST_NAMED or not dialect.has_patterns:
        return [email.is_not(None), target.c.email_hash.is_not(None)]
    return [
        sa.func.lower(email).in_(named),
        ~email.regexp_match(PLAIN_ADDRESS),
        sa.func.lower(email).contains(PUNYCODE, autoescape=True),
        *(email.contains(end) for end in _LINE_ENDS),
        target.c.email_hash.in_(sorted(erasure.hashes)),
    ]
