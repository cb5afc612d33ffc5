"""A view of any destination as a DataFrame: what notebooks and reports read.

In: a destination or its URL, a view's name. Out: a DataFrame.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, nullcontext
from typing import TYPE_CHECKING, get_args

from ..arguments import one_of
from ..times import Moment
from ..views import find_view
from .contract import Destination
from .opening import open_destination
from .state import check_exported

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import DtypeBackend
    from ..views import ViewName


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
    DuckDB does. The view need not have been created there. ``name``: credit_events,
    daily_credit_usage, list_quality, validator_mix, job_turnaround, latest_email_status or data_freshness;
    their columns are in ``schemas/data_dictionary.md``. ``tz``: the time zone whose days count, by default
    that of `sync`. ``account``: one account's rows only. ``since`` (inclusive) and ``until`` (exclusive), by
    the clock of ``tz`` where they name no offset: the charges and refunds of that time, and else the jobs
    created then, with their records; data_freshness takes neither. Two more names, daily_list_quality and
    daily_validator_mix, give a row for each day on which jobs were created. Raises `SettingsError` for a
    view or zone nobody knows, `DestinationError` where the destination cannot be read, and where nothing was
    ever exported to it, or nothing of that account.
    """
    from ..frames import DtypeBackend, to_frame

    find_view(name)
    one_of("dtype_backend", dtype_backend, get_args(DtypeBackend))
    opening: AbstractContextManager[Destination]
    if isinstance(destination, str):
        opening = closing(open_destination(destination, schema_name=schema_name))
    else:
        opening = nullcontext(destination)
    with opening as opened:
        check_exported(opened, account)
        rows = opened.read_view(name, tz=tz, account=account, since=since, until=until)
    return to_frame(rows, dtype_backend=dtype_backend)
