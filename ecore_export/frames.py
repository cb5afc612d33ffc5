"""Arrow tables to pandas DataFrames with exact dtypes, and back.

In: Arrow tables of the fixed schema, or of a view over it. Out: DataFrames whose dtypes depend on the Arrow
types alone, never on the values: an empty or all-null column has the dtype of a full one. `to_arrow` is the
way back for users, `from_frame` for functions that compute on the exact values of a DataFrame a user holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from .arguments import kind_of
from .errors import SettingsError
from .schema import CREDIT_SCALE, Column, Kind, Table

DtypeBackend = Literal["numpy_nullable", "pyarrow"]

_MICRO_CREDIT = Decimal(1).scaleb(-CREDIT_SCALE)
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_EVEN)


def to_frame(table: pa.Table, *, dtype_backend: DtypeBackend = "numpy_nullable") -> pd.DataFrame:
    """The same rows and columns as a DataFrame, with dtypes that never change.

    =================== ====================== ===========================
    Arrow               numpy_nullable         pyarrow (`pandas.ArrowDtype`)
    =================== ====================== ===========================
    string              string (missing: NA)   string
    int64               Int64                  int64
    double              Float64                double
    bool                boolean                bool
    decimal128(28, 6)   Float64                decimal128(28, 6)
    timestamp[us, UTC]  datetime64[us, UTC]    timestamp[us, tz=UTC]
    date32[day]         datetime64[us]         date32[day]
    =================== ====================== ===========================

    ``numpy_nullable`` gives credits as Float64, exact to 15 digits, because division, ``cumsum`` and plots
    fail on decimals, and days as their midnight, for `resample` and plots; ``pyarrow`` is exact throughout. A
    column of any other Arrow type keeps it under both.

    Columns are converted one by one; where the caller keeps no reference to ``table``, each is let go of as
    it is done. The peak, table included, is about 1.4 times the frame (measured with a million records).
    Raises `SettingsError` for a ``dtype_backend`` nobody knows.
    """
    if dtype_backend not in ("numpy_nullable", "pyarrow"):
        raise SettingsError(f"dtype_backend must be 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}")
    names, index = table.column_names, pd.RangeIndex(table.num_rows)
    columns = table.columns[::-1]
    del table
    # `columns` gives each one up as it is converted, so that its Arrow memory can go.
    arrays = {name: _pandas_array(columns.pop(), dtype_backend) for name in names}
    return pd.DataFrame(arrays, index=index, copy=False)


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """A frame of this package as an Arrow table, which Polars, DuckDB and Arrow's own writers take.

    Of a frame with ``dtype_backend="pyarrow"`` it is the same memory, so it costs nothing, and the types are
    exact: credits are ``decimal128(28, 6)``. Of one with ``numpy_nullable`` columns are converted, and
    credits are ``double``. Columns of your own come along, the index does not (`reset_index` makes a
    column of it). Raises `SettingsError` for what is no frame, and for a column that Arrow has no type for.

    >>> import ecore_export as ee
    >>> with ee.Client.sandbox(jobs=5, dtype_backend="pyarrow") as client:
    ...     table = ee.to_arrow(client.load_jobs())
    >>> table.num_rows, str(table.schema.field("total_credits_charged").type)
    (5, 'decimal128(28, 6)')
    """
    if not isinstance(frame, pd.DataFrame):
        raise SettingsError(f"to_arrow takes a DataFrame, not {kind_of(frame)}")
    if not frame.columns.is_unique or not all(isinstance(name, str) for name in frame.columns):
        raise SettingsError("to_arrow takes a DataFrame whose columns have names, each once")
    return pa.table({str(name): _plain_arrow(column) for name, column in frame.items()})


def from_frame(frame: pd.DataFrame, table: Table, *, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a DataFrame as an Arrow table with the exact types of ``table``, all nullable.

    Takes both backends of `to_frame`, and what `pandas.read_parquet` makes of a Parquet destination; NaN
    and NaT are nulls. Credits are rounded half-even to six decimals, a float standing for its shortest
    decimal text. ``columns``: those to take, by default all of ``table``; others of the frame are left out.
    Raises `SettingsError` for a column that is missing, holds other values, or instants without a time zone.
    """
    wanted = [table.column(name) for name in (table.names if columns is None else columns)]
    if missing := [column.name for column in wanted if column.name not in frame.columns]:
        raise SettingsError(f"the DataFrame lacks columns of {table.name}: {', '.join(missing)}")
    arrays = [_arrow_column(frame[column.name], column) for column in wanted]
    return pa.Table.from_arrays(arrays, schema=pa.schema([(c.name, c.kind.arrow) for c in wanted]))


_NULLABLE: dict[pa.DataType, Any] = {
    pa.string(): pd.StringDtype("pyarrow"),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def _pandas_array(column: pa.ChunkedArray[Any], dtype_backend: DtypeBackend) -> Any:
    kind: Any = column.type
    if dtype_backend == "numpy_nullable":
        if pa.types.is_decimal(kind):
            return _NULLABLE[pa.float64()].__from_arrow__(column.cast(pa.float64()))
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            # Without the copy pandas keeps Arrow's read-only memory, and assigning to a cell fails.
            dtype: Any = pd.DatetimeTZDtype(kind.unit, kind.tz)
            return dtype.__from_arrow__(column).copy()
        if pa.types.is_date(kind):
            return pd.Series(column.cast(pa.timestamp("us")).to_numpy(), dtype="datetime64[us]").array
        if kind in _NULLABLE:
            return _NULLABLE[kind].__from_arrow__(column)
    exact: Any = pd.ArrowDtype(kind)
    return exact.__from_arrow__(column)


def _plain_arrow(series: pd.Series[Any]) -> Any:
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        # Not chained: Arrow's message quotes the value, which may be an address.
        raise SettingsError(
            f"column {series.name} of the DataFrame has no type in Arrow: its values are of several kinds, "
            "or of one that Arrow does not know"
        ) from None


def _arrow_column(series: pd.Series[Any], column: Column) -> Any:
    try:
        array = pa.array(series, from_pandas=True)
        if pa.types.is_floating(array.type):
            array = pc.if_else(pc.is_nan(array), None, array)
        if not _may_become(array.type, column.kind):
            raise pa.ArrowTypeError(f"{array.type} is not {column.kind.value}")
        if column.kind is Kind.CREDITS and array.type != column.kind.arrow:
            return pa.array([_credits(value) for value in array.to_pylist()], column.kind.arrow)
        return array.cast(column.kind.arrow)
    except (pa.ArrowException, ArithmeticError, TypeError):
        # Not chained: Arrow's message quotes the value, which may be an address.
        raise SettingsError(
            f"column {column.name} of the DataFrame does not fit its type, {column.kind.value}; "
            "pass a DataFrame as ecore-export gives it"
        ) from None


def _may_become(found: Any, kind: Kind) -> bool:
    """Whether a cast means the same thing: Arrow would also read 5 as true, as text, or as an instant."""
    if pa.types.is_null(found):
        return True
    is_number = pa.types.is_integer(found) or pa.types.is_floating(found)
    match kind:
        case Kind.TEXT:
            return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
        case Kind.BOOL:
            return bool(pa.types.is_boolean(found))
        case Kind.INSTANT:
            return bool(pa.types.is_timestamp(found)) and found.tz is not None
        case Kind.DATE:
            return bool(pa.types.is_date(found) or (pa.types.is_timestamp(found) and found.tz is None))
        case Kind.CREDITS:
            return is_number or bool(pa.types.is_decimal(found))
        case Kind.INT64 | Kind.FLOAT64:
            return is_number


def _credits(value: Decimal | float | None) -> Decimal | None:
    if value is None:
        return None
    # The text of a float is what a person sees; its binary value would round 498.8547745 the other way.
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return exact.quantize(_MICRO_CREDIT, context=_ROUNDING)
