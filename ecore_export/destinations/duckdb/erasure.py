"""Erasing in a DuckDB file: which rows lose something, and the file anew, without what was deleted.

In: a connection, addresses; the file. Out: changed rows of a table; a file in place of the old one.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ... import schema
from ...addresses import AT_SIGNS
from ...errors import DestinationBusyError
from ..erasure import PLAIN_ADDRESS, PUNYCODE, Erasure, texts_of
from ..files import only_ours, replace_file, writing
from .connection import Database, driver, refuse_journal

if TYPE_CHECKING:
    import duckdb

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


def refuse_open_here(database: Database) -> None:
    """Raise `DestinationBusyError` if this process has the file open: it would keep the old one."""
    if _is_open_here(database):
        raise DestinationBusyError(
            f"{database.url} is open in this very process, which would go on with the old file: close that "
            "connection, then try again"
        )


def rewrite_file(database: Database) -> None:
    """Copy what is there to a new file in place of this one: deleted values stay in unused blocks."""
    fresh = database.file.fresh_path
    with writing(fresh):
        fresh.unlink(missing_ok=True)
        with database.reading(for_writing=True) as connection, only_ours():
            quoted = str(fresh).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS fresh{_same_version(connection)}")
            ((name,),) = connection.execute("SELECT current_database()").fetchall()
            connection.execute(f'COPY FROM DATABASE "{name.replace(chr(34), chr(34) * 2)}" TO fresh')
            connection.execute("DETACH fresh")
        refuse_open_here(database)
        refuse_journal(
            database.file,
            "old values stay in the file's unused blocks meanwhile; see by DuckDB's CHECKPOINT what keeps "
            "it from taking them in, then run the same again",
        )
        replace_file(fresh, database.file.path)


def _is_open_here(database: Database) -> bool:
    """Whether this process has the file open. Another process's lock is no answer to that."""
    if not database.file.exists():
        return False
    try:
        with suppress(driver().IOException):
            driver().connect(database.file.path, read_only=True, config=_OTHER_CONFIG).close()
    except driver().ConnectionException:
        return True
    return False


def _same_version(connection: duckdb.DuckDBPyConnection) -> str:
    """The option of ATTACH that makes a file for the same versions of DuckDB as the one that is open."""
    found = connection.execute("SELECT * FROM duckdb_databases() WHERE database_name = current_database()")
    names = [column[0] for column in found.description or ()]
    row = dict(zip(names, found.fetchall()[0], strict=True))
    version = {**(row.get("tags") or {}), **(row.get("options") or {})}.get("storage_version", "")
    bare = re.match(r"v[0-9.]+", version)
    return f" (STORAGE_VERSION '{bare[0]}')" if bare else ""
