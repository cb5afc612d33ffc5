"""One transaction that writes: its connection, its tables, and what it could not store as it was.

In: batches of the fixed schema. Out: inserted rows, and a count of altered values per column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from .. import Publication
from ..batching import in_chunks
from .dialect import Dialect
from .tables import find_table, is_one_of

UNREMARKABLE = ("run_id", "checked_at")
"""Columns that are never a reason to rewrite a row."""


@dataclass(frozen=True, slots=True)
class Writing:
    """A transaction on one database. ``altered``: values changed in storing them, by ``table.column``."""

    connection: sa.Connection
    tables: sa.MetaData
    dialect: Dialect
    altered: Counter[str] = field(default_factory=Counter)

    def table(self, table: schema.Table) -> sa.Table:
        """The database's table of that part of the fixed schema."""
        return find_table(self.tables, table)

    def load(self, target: sa.Table, batches: Iterable[pa.RecordBatch]) -> None:
        """Insert all rows; memory is bounded by a chunk of them."""
        for rows in in_chunks(batches):
            for column, values in self.dialect.load(self.connection, target, rows).items():
                self.altered[f"{target.info['table']}.{column}"] += values

    def published_jobs(self, publication: Publication) -> list[sa.ColumnElement[bool]]:
        """Conditions that together select the old rows of the jobs a publication exports."""
        records = self.table(schema.RECORDS)
        return [
            sa.and_(records.c.account == publication.account, is_named)
            for is_named in is_one_of(records.c.job_id, publication.exported)
        ]
