"""The roles of docs/bi.md, made by the very SQL that is shown there.

In: a database that was synced to. Out: URLs that connect as ``ecore_reader``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa
from mysql_server import MysqlServer

PAGE = Path(__file__).parents[2] / "docs" / "bi.md"
ROLE, PASSWORD = "ecore_reader", "choose-one"


ON_POSTGRESQL, AND_ADDRESSES, ON_MYSQL, OVER_PARQUET = range(4)
"""The SQL of the page, in its order."""


def statements(block: int) -> list[str]:
    """The statements of one block of SQL on the page."""
    blocks = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [part.strip() for part in blocks[block].split(";") if part.strip()]


@contextmanager
def reader_of_postgresql(url: str) -> Iterator[sa.URL]:
    """Where ``ecore_reader`` connects to a database that ``url`` leads its owner to."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        for statement in statements(ON_POSTGRESQL):
            owner.execute(statement)
        try:
            yield sa.make_url(url).set(username=ROLE, password=PASSWORD)
        finally:
            owner.execute(f"DROP OWNED BY {ROLE}")
            owner.execute(f"DROP ROLE {ROLE}")


@contextmanager
def reader_of_mysql(server: MysqlServer, url: str) -> Iterator[sa.URL]:
    """The same on MySQL and MariaDB, where users belong to the server."""
    database = sa.make_url(url).database
    try:
        server.ask(*(text.replace("ecore.", f"{database}.") for text in statements(ON_MYSQL)))
        yield sa.make_url(url).set(username=ROLE, password=PASSWORD)
    finally:
        server.ask(f"DROP USER IF EXISTS '{ROLE}'@'%'")
