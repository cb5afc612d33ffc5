"""A view computed over DataFrames, by the SQL that databases run.

In: DataFrames as `load_jobs` and `load_records` give them, or `pandas.read_parquet` of a Parquet destination.
Out: DataFrames in the same dtype backend, computed by DuckDB on exact values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..grouping import check_rule, group_rows
from ..times import offsets_of
from .columns import View
from .computing import compute, tables_source
from .sql import READ_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import DtypeBackend


def computed(
    view: View,
    frame: pd.DataFrame,
    frames: Mapping[schema.Table, pd.DataFrame | None],
    select: str | None = None,
    *,
    tz: str = "UTC",
    group: str = "",
) -> pd.DataFrame:
    """The view over these tables, in the dtype backend of ``frame``."""
    from ..frames import from_frame, to_frame

    check_rule(group)
    tables: dict[schema.Table, pa.Table | None] = {
        table: None if rows is None else from_frame(rows, table, columns=READ_COLUMNS[view.name][table])
        for table, rows in frames.items()
    }
    jobs = tables.get(schema.JOBS)
    if group and jobs is not None:
        tables[schema.LIST_GROUPS] = _groups(jobs, group)
    rows = compute(view, tables_source(tables), offsets=offsets_of(tz), select=select)
    return to_frame(rows, dtype_backend=_backend(frame))


def _groups(jobs: pa.Table, rule: str) -> pa.Table:
    """Rows of `schema.LIST_GROUPS` for the lists of these jobs."""
    accounts: list[Any] = jobs["account"].unique().to_pylist()
    of_each = (
        group_rows(account, jobs.filter(pc.equal(jobs["account"], pa.scalar(account)))["list_name"], rule)
        for account in accounts
    )
    return pa.concat_tables([schema.LIST_GROUPS.empty(), *of_each])


def with_own_columns(rows: pd.DataFrame, frame: pd.DataFrame, table: schema.Table) -> pd.DataFrame:
    """The rows of a view with the columns that ``frame`` has beyond ``table``, as they are there.

    A column that the view has itself stays the view's. ``created_month`` is what a Parquet folder adds.
    """
    import pandas as pd

    known = {*table.names, *rows.columns, "created_month"}
    own = [name for name in frame.columns if name not in known]
    if not own:
        return rows
    names = [name for name in table.key if name in rows.columns]
    given = _keys_of(frame, names, table)
    is_first = ~given.duplicated()
    places = given[is_first].get_indexer(_keys_of(rows, names, table))
    added = frame.loc[is_first, own].iloc[places].set_axis(rows.index)
    whole: pd.DataFrame = pd.concat([rows, added], axis=1)
    return whole


def _keys_of(frame: pd.DataFrame, names: list[str], table: schema.Table) -> Any:
    """The rows' keys, alike for every dtype backend."""
    import pandas as pd

    from ..frames import from_frame

    keys = from_frame(frame, table, columns=names)
    return pd.MultiIndex.from_arrays([column.to_pylist() for column in keys.columns], names=names)


def _backend(frame: pd.DataFrame) -> DtypeBackend:
    """The dtype backend a frame came in."""
    import pandas as pd

    is_arrow = any(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
    return "pyarrow" if is_arrow else "numpy_nullable"
