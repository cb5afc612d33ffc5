"""What differs between SQL databases, in one object a database; its defaults are SQL any of them understands.

In: an SQLAlchemy URL, connections, Arrow tables. Out: engines, rows written, Arrow arrays. A database without
one gets plain delete and insert, and no lock beyond its transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from ...errors import DestinationBusyError, DestinationError
from ...schema import Kind
from .. import Publication


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error of a driver means: the error to raise, and a reason without any data in it."""

    error: type[DestinationError]
    reason: str


IsHeld = Callable[[sa.Connection], bool]
"""Asked through the connection that writes: whether the lock that was taken is held still."""


def surely_held(_: sa.Connection) -> bool:
    """For locks that only the process's end can take away."""
    return True


def open_plain_engine(url: sa.URL) -> sa.Engine:
    """An engine that keeps no idle connection and no row data in its errors."""
    return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)


def load_rows(connection: sa.Connection, target: sa.Table, rows: pa.Table) -> Mapping[str, int]:
    """Insert rows, at least one, with the driver's executemany."""
    connection.execute(sa.insert(target), rows.to_pylist())
    return {}


def drop_plainly(connection: sa.Connection, stage: sa.Table) -> None:
    """Drop a temporary table."""
    stage.drop(connection, checkfirst=False)


def to_arrow(kind: Kind, values: Sequence[Any]) -> pa.Array[Any]:
    """A column of fetched values as Arrow."""
    return pa.array(values, kind.arrow)


def explain_plainly(error: BaseException, _: sa.Engine) -> Fault:
    """An `OperationalError`, as PEP 249 has it, is nobody's mistake in writing a statement: try later."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    is_transient = "OperationalError" in kinds
    return Fault(DestinationBusyError if is_transient else DestinationError, f"it failed ({kinds[0]})")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of database is opened, locked, filled and read.

    ``exists``: whether there is a database at all; raises if it could not be read. ``create``: make it.
    ``check_place``: raise if it could not be made or written, before anything connects; ``check_writable``:
    the same, asked of the database itself. ``connect_to_read``: without any right to write.
    ``load``: insert rows, and tell of how many values in which columns ``alteration`` is true.
    ``holds_records``: a quick way to see that a publication's records are there already, in these columns;
    False is always right. ``after_staging``: what the query planner needs to be told. ``comparing``: what
    to set while all rows of some jobs are compared with a stage; ``looking_up``: while the few rows of a
    stage are looked up in a table of any size. ``drop_stage``: drop it, and let the transaction go on.
    ``lock``: be the only writer; gives what tells whether that is still so.
    ``scrub``: after an erasure, rid the files of old values. ``can_stage``: has temporary tables, and updates
    from them.
    """

    open_engine: Callable[[sa.URL], sa.Engine] = open_plain_engine
    exists: Callable[[sa.Engine], bool] = lambda engine: True
    create: Callable[[sa.Engine], None] = lambda engine: None
    check_place: Callable[[sa.Engine], None] = lambda engine: None
    check_writable: Callable[[sa.Connection, str | None], None] = lambda connection, schema_name: None
    connect_to_read: Callable[[sa.Engine], sa.Connection] = lambda engine: engine.connect()
    begin_read: Callable[[sa.Connection], None] = lambda connection: None
    begin_write: Callable[[sa.Connection], None] = lambda connection: None
    load: Callable[[sa.Connection, sa.Table, pa.Table], Mapping[str, int]] = load_rows
    alteration: str = "altered"
    holds_records: Callable[[sa.Connection, sa.Table, Publication, Sequence[str]], bool] = (
        lambda connection, target, publication, columns: False
    )
    after_staging: Callable[[sa.Connection, sa.Table], None] = lambda connection, stage: None
    comparing: Callable[[sa.Connection], AbstractContextManager[None]] = lambda connection: nullcontext()
    looking_up: Callable[[sa.Connection], AbstractContextManager[None]] = lambda connection: nullcontext()
    drop_stage: Callable[[sa.Connection, sa.Table], None] = drop_plainly
    to_arrow: Callable[[Kind, Sequence[Any]], pa.Array[Any]] = to_arrow
    scrub: Callable[[sa.Engine], None] = lambda engine: None
    lock: Callable[[sa.Engine, str | None, float], AbstractContextManager[IsHeld]] = (
        lambda engine, schema_name, timeout_s: nullcontext(surely_held)
    )
    explain: Callable[[BaseException, sa.Engine], Fault] = explain_plainly
    explain_connect: Callable[[BaseException, sa.Engine], Fault] = explain_plainly
    has_schemas: bool = True
    can_stage: bool = False
