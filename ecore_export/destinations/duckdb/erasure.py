"""Erasing in a DuckDB file: which rows lose something, and whether the file can be replaced.

In: a connection, addresses; the file. Out: changed rows of a table.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pyarrow as pa

from ... import schema
from ...addresses import AT_SIGNS
from ..database_file import DatabaseFile
from ..erasure import PLAIN_ADDRESS, PUNYCODE, Erasure, texts_of

_OTHER_CONFIG = {"memory_limit": "101MB", "threads": 1, "preserve_insertion_order": False}
"""Settings that nobody has: DuckDB refuses them while this process has the file open with any others."""
_BATCH_ROWS = 20_000


def rows_losing(connection: Any, table: schema.Table, erasure: Erasure) -> pa.Table:
    """The rows of a table that erasing changes, as they are to be; it is read once."""
    conditions = [f"regexp_matches({name}, $marks, 'i')" for name in texts_of(table)]
    parameters: dict[str, Any] = {"marks": AT_SIGNS}
    if table is schema.RECORDS:
        conditions += [
            "lower(email) IN (SELECT unnest($emails::VARCHAR[]))",
            "NOT regexp_matches(email, $plain)",
            f"contains(lower(email), '{PUNYCODE}')",
            "email_hash IN (SELECT unnest($hashes::VARCHAR[]))",
        ]
        parameters |= {
            "emails": erasure.plain_addresses(),
            "hashes": [*erasure.hashes],
            "plain": PLAIN_ADDRESS,
        }
    names = ", ".join(table.names)
    text = f"SELECT {names} FROM {table.name} WHERE {' OR '.join(conditions)}"  # noqa: S608 - the schema's names
    with connection.sql(text, params=parameters).to_arrow_reader(_BATCH_ROWS) as reader:
        read = (pa.Table.from_batches([batch.cast(table.arrow)]) for batch in reader)
        return pa.concat_tables([table.empty(), *(erasure.changed(table, rows) for rows in read)])


def is_open_here(driver: Any, file: DatabaseFile) -> bool:
    """Whether this process has the file open. Another process's lock is no answer to that."""
    if not file.exists():
        return False
    try:
        with suppress(driver.IOException):
            driver.connect(file.path, read_only=True, config=_OTHER_CONFIG).close()
    except driver.ConnectionException:
        return True
    return False
