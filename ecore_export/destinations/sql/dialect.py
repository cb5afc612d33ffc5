"""What differs between SQL databases: a class with defaults in plain SQL, to be subclassed.

In: an SQLAlchemy URL, connections, Arrow tables. Out: engines, rows written, Arrow arrays. A database without
a subclass gets plain delete and insert, and no lock beyond its transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
import sqlalchemy as sa

from ...errors import DestinationBusyError, DestinationError
from ...schema import CREDIT_PRECISION, CREDIT_SCALE, Kind
from ...views import View
from .. import Publication

FETCH_ROWS = 20_000
KEY_TEXT_LENGTH = 255
"""Characters of a text key where a database wants a length: two such fit MySQL's limit of 3072 bytes."""


@dataclass(frozen=True, slots=True)
class DriverError:
    """What an error of a driver means: the error to raise, and a reason without any data in it."""

    error: type[DestinationError]
    reason: str


Batches = Iterator[pa.RecordBatch]

IsHeld = Callable[[sa.Connection], bool]
"""Asked through the connection that writes: whether the lock that was taken is held still."""


def surely_held(_: sa.Connection) -> bool:
    """For locks that only the process's end can take away."""
    return True


class Dialect:
    """How one kind of database is opened, locked, filled and read.

    ``extra``: that of this package which brings the driver. ``types``: of each kind of column. ``key_text``:
    that of a text in a key. ``table_options``: of each table, as SQLAlchemy names them. ``has_schemas``: a
    database holds several. ``has_patterns``: it can match regular expressions. ``can_stage``: it has
    temporary tables, and updates from them. ``by_bytes``: the collation that orders texts by their bytes,
    where that of their columns does not. ``alteration``: what was done to the values that `load` counts.
    """

    extra: ClassVar[str | None] = None
    types: ClassVar[Mapping[Kind, sa.types.TypeEngine[Any]]] = {
        Kind.TEXT: sa.Text(),
        Kind.INT64: sa.BigInteger(),
        Kind.FLOAT64: sa.Double(),
        Kind.BOOL: sa.Boolean(),
        Kind.CREDITS: sa.Numeric(CREDIT_PRECISION, CREDIT_SCALE),
        Kind.INSTANT: sa.DateTime(timezone=True),
        Kind.DATE: sa.Date(),
    }
    key_text: ClassVar[sa.types.TypeEngine[str]] = sa.String(KEY_TEXT_LENGTH)
    table_options: ClassVar[Mapping[str, Any]] = {}
    has_schemas: ClassVar[bool] = True
    has_partial_indexes: ClassVar[bool] = False
    has_patterns: ClassVar[bool] = False
    can_stage: ClassVar[bool] = False
    by_bytes: ClassVar[str | None] = None
    alteration: ClassVar[str] = "altered"

    def open_engine(self, url: sa.URL) -> sa.Engine:
        """An engine that keeps no idle connection and no row data in its errors."""
        return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)

    def exists(self, engine: sa.Engine) -> bool:
        """Whether there is a database at all; raises `DestinationError` if it could not be read."""
        return True

    def create(self, engine: sa.Engine) -> None:
        """Make the database, where that is up to us."""

    def check_place(self, engine: sa.Engine) -> None:
        """Raise `DestinationError` if it could not be made or written, before anything connects."""

    def check_writable(self, connection: sa.Connection, schema_name: str | None) -> None:
        """Raise `DestinationError` if the database itself says that it could not be written."""

    def connect_to_read(self, engine: sa.Engine) -> sa.Connection:
        """Connect without any right to write."""
        return engine.connect()

    def begin_read(self, connection: sa.Connection) -> None:
        """Prepare a transaction that reads."""

    def begin_write(self, connection: sa.Connection) -> None:
        """Prepare a transaction that writes."""

    def lock(
        self, engine: sa.Engine, schema_name: str | None, timeout_s: float
    ) -> AbstractContextManager[IsHeld]:
        """Be the only writer; gives what tells whether that is still so."""
        return nullcontext(surely_held)

    def load(self, connection: sa.Connection, target: sa.Table, rows: pa.Table) -> Mapping[str, int]:
        """Insert rows, at least one; tells how many values were altered, by column."""
        connection.execute(sa.insert(target), rows.to_pylist())
        return {}

    def holds_records(
        self, connection: sa.Connection, target: sa.Table, publication: Publication, columns: Sequence[str]
    ) -> bool:
        """Whether a publication's records are there already, in these columns; False is always right."""
        return False

    def after_staging(self, connection: sa.Connection, stage: sa.Table) -> None:
        """Tell the query planner what it needs to know of a stage."""

    def comparing(self, connection: sa.Connection) -> AbstractContextManager[None]:
        """Settings for comparing all rows of some jobs with a stage."""
        return nullcontext()

    def looking_up(self, connection: sa.Connection) -> AbstractContextManager[None]:
        """Settings for looking up the few rows of a stage in a table of any size."""
        return nullcontext()

    def drop_stage(self, connection: sa.Connection, stage: sa.Table) -> None:
        """Drop a temporary table, and let the transaction go on."""
        stage.drop(connection, checkfirst=False)

    def fetch_view(self, connection: sa.Connection, query: sa.Select[Any], view: View) -> Batches:
        """The rows of a query over a view, a part in memory at a time."""
        kinds = [column.kind for column in view.columns]
        return self.fetch(connection, query, kinds, view.arrow)

    def fetch(
        self, connection: sa.Connection, query: sa.Select[Any], kinds: Sequence[Kind], arrow: pa.Schema
    ) -> Batches:
        """The rows of a query, `FETCH_ROWS` in memory at a time."""
        with connection.execute(query, execution_options={"yield_per": FETCH_ROWS}) as result:
            for rows in result.partitions():
                values = zip(kinds, zip(*rows, strict=True), strict=True)
                arrays = [self.to_arrow(kind, column) for kind, column in values]
                yield pa.RecordBatch.from_arrays(arrays, schema=arrow)

    def to_arrow(self, kind: Kind, values: Sequence[Any]) -> pa.Array[Any]:
        """A column of fetched values as Arrow."""
        return pa.array(values, kind.arrow)

    def replace_view(self, connection: sa.Connection, view: sa.TableClause, text: str) -> None:
        """Create a view, or put its new definition in place of the old one; views built on it stay."""
        name = bare_name(view, connection.dialect)
        connection.execute(literal(f"CREATE OR REPLACE VIEW {name} AS\n{text}"))

    def scrub(self, engine: sa.Engine) -> None:
        """After an erasure, rid the files of old values."""

    def explain(self, error: BaseException) -> DriverError:
        """An `OperationalError`, as PEP 249 has it, is nobody's mistake in writing a statement: try later."""
        kinds = [kind.__name__ for kind in type(error).__mro__]
        is_transient = "OperationalError" in kinds
        return DriverError(
            DestinationBusyError if is_transient else DestinationError, f"it failed ({kinds[0]})"
        )

    def explain_connect(self, error: BaseException, engine: sa.Engine) -> DriverError:
        """The same, for an error met while connecting."""
        return self.explain(error)


def bare_name(table: sa.TableClause, dialect: sa.Dialect) -> str:
    """The table's name, quoted, for a statement that the driver puts no parameters into.

    Where it would put some in, SQLAlchemy doubles percent signs, which nobody would undo.
    """
    name = dialect.identifier_preparer.format_table(table)
    return name.replace("%%", "%") if dialect.paramstyle in ("format", "pyformat") else name


def literal(text: str) -> sa.TextClause:
    """For `sa.text`, which takes a bare colon for a parameter and doubles percent signs itself."""
    return sa.text(text.replace(":", r"\:"))
