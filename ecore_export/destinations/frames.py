"""What a destination holds, as DataFrames: a view or a table of it.

In: a destination or its URL, a name, what to choose. Out: DataFrames for notebooks, of the promised dtypes.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import TYPE_CHECKING, Literal, get_args

from .. import schema
from ..arguments import kind_of, one_of
from ..errors import IncompleteDataWarning, SettingsError
from ..times import Moment, as_instant, check_order
from ..views import find_view
from .contract import Destination, Selection, Within, held
from .opening import open_destination
from .state import check_exported, read_arrow
from .views import why_empty

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import DtypeBackend
    from ..views import ViewName

TableName = Literal["jobs", "job_history", "records", "sync_runs", "rejects", "list_groups"]
"""Names of `schema.DATA_TABLES`, for editors and type checkers."""

_INSTANTS: dict[str, str] = {
    "jobs": "created_at",
    "job_history": "created_at",
    "records": "job_created_at",
    "sync_runs": "started_at",
    "rejects": "rejected_at",
}
"""What lies in a period when only that of a table is asked for; a table without one knows no period."""


def read_view(
    destination: str | Destination,
    name: ViewName,
    *,
    tz: str | None = None,
    account: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    schema_name: str | None = None,
    dtype_backend: DtypeBackend = "numpy_nullable",
) -> pd.DataFrame:
    """The rows of a view of a destination, ordered by its key.

    The destination's own engine computes it from what is exported, and no API is asked; for a Parquet folder
    DuckDB does. The view need not have been created there. ``name``: one of the views of
    ``schemas/data_dictionary.md``, which has their columns. ``tz``: the time zone whose days count, by
    default that of `sync`. ``account``: one account's rows only. ``since`` (inclusive) and ``until``
    (exclusive), by the clock of ``tz`` where they name no offset: the charges and refunds of that time, and
    else the jobs created then, with their records; data_freshness takes neither. A view over addresses is
    empty where the privacy mode is drop, and warns of it with `IncompleteDataWarning`. Raises `SettingsError`
    for a view or zone nobody knows, `DestinationError` where the destination cannot be read, and where
    nothing was ever exported to it, or nothing of that account.

    >>> import ecore_export as ee
    >>> quality = ee.read_view("parquet:warehouse", "list_quality", since="2026-01-01")
    >>> list(quality)[:3]
    ['account', 'list_name', 'jobs']
    """
    from ..frames import DtypeBackend, to_frame

    find_view(name)
    one_of("dtype_backend", dtype_backend, get_args(DtypeBackend))
    with _opened(destination, schema_name) as opened, held(opened):
        check_exported(opened, account)
        rows = opened.read_view(name, tz=tz, account=account, since=since, until=until)
        if len(rows) == 0 and (reason := why_empty(opened, name)) is not None:
            warnings.warn(reason, IncompleteDataWarning, stacklevel=2)
    return to_frame(rows, dtype_backend=dtype_backend)


def read_table(
    destination: str | Destination,
    name: TableName,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    columns: Sequence[str] | None = None,
    account: str | None = None,
    schema_name: str | None = None,
    dtype_backend: DtypeBackend = "numpy_nullable",
) -> pd.DataFrame:
    """The rows of a table of a destination, with the same dtypes from every kind of it, rows or none.

    ``destination``: a URL such as ``parquet:warehouse``, or an open one, which stays open. ``name``: jobs,
    job_history, records, sync_runs, rejects or list_groups; their columns are in
    ``schemas/data_dictionary.md``. ``since`` (inclusive) and ``until`` (exclusive), UTC where they name no
    offset, bound when the job was created, of sync_runs when the run began, of rejects when the fault was
    first found; list_groups takes neither. ``columns``: only these, in this order; None for all. ``account``:
    its rows only; None for all. ``schema_name``: where the tables are, in a database that has schemas.
    ``dtype_backend``: as `load_jobs` has it; ``pyarrow`` gives credits as exact decimals.

    No API is asked. The destination chooses rows and columns, and memory holds what is asked for, about
    twice. Rows come by the table's key, texts as the engine orders them; records of a Parquet folder come
    file by file, each job's together. Raises `SettingsError` for a table, column or dtype_backend nobody
    knows, or a period that ends before it begins; `DestinationError` where the destination cannot be read,
    and where nothing was ever exported to it, or nothing of that account.

    >>> import ecore_export as ee
    >>> wanted = ["job_id", "email_domain", "status"]
    >>> may = ee.read_table("parquet:warehouse", "records", since="2026-05-01", columns=wanted)
    >>> list(may)
    ['job_id', 'email_domain', 'status']
    """
    from ..frames import DtypeBackend, to_frame

    table = _find_table(name)
    one_of("dtype_backend", dtype_backend, get_args(DtypeBackend))
    names = table.names if columns is None else _checked(columns, table)
    where = Selection(account, within=_period_of(name, since, until))
    with _opened(destination, schema_name) as opened, held(opened):
        check_exported(opened, account)
        rows = read_arrow(opened, table, where, names)
    return to_frame(rows, dtype_backend=dtype_backend)


def _find_table(name: str) -> schema.Table:
    for table in schema.DATA_TABLES:
        if table.name == name:
            return table
    raise SettingsError(f"no such table: {name!r}; there are {', '.join(get_args(TableName))}")


def _period_of(name: str, since: Moment | None, until: Moment | None) -> Within | None:
    if since is None and until is None:
        return None
    if name not in _INSTANTS:
        raise SettingsError(f"{name} tells how things are now: it takes no since and no until")
    within = Within(_INSTANTS[name], as_instant(since), as_instant(until))
    check_order(within.since, within.until)
    return within


def _checked(columns: Sequence[str], table: schema.Table) -> list[str]:
    """The names as a list: at least one, each a column of the table, none twice."""
    if isinstance(columns, str) or not hasattr(columns, "__iter__"):
        raise SettingsError(f"columns is a list of names such as ['job_id'], not {kind_of(columns)}")
    names = list(columns)
    for name in names:
        one_of(f"a column of {table.name}", name, table.names)
    if not names or len(set(names)) < len(names):
        raise SettingsError("columns names each column once, and at least one: leave it out for all")
    return names


def _opened(destination: str | Destination, schema_name: str | None) -> AbstractContextManager[Destination]:
    """The destination of a URL, closed in the end; an open one as it is."""
    if isinstance(destination, str):
        return closing(open_destination(destination, schema_name=schema_name))
    return nullcontext(destination)
