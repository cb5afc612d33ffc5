"""A view of any destination as a DataFrame: what notebooks and reports read.

In: a destination or its URL, a view's name. Out: a DataFrame. Called by users as `ecore_export.read_view`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import Destination, open_destination

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import DtypeBackend


def read_view(
    destination: str | Destination,
    name: str,
    *,
    tz: str | None = None,
    account: str | None = None,
    schema_name: str | None = None,
    dtype_backend: DtypeBackend = "numpy_nullable",
) -> pd.DataFrame:
    """The rows of a view of a destination, ordered by its key; empty where nothing was ever written.

    The destination's own engine computes it from what is exported, and no API is asked; a Parquet folder
    needs no database for it. The view need not have been created there. ``name``: credit_events,
    daily_credit_usage, list_quality, validator_mix, job_turnaround, latest_email_status or data_freshness;
    their columns are in ``schemas/data_dictionary.md``. ``tz``: the time zone whose days count, by default
    that of `sync`. ``account``: one account's rows only. Raises `SettingsError` for a view or zone nobody
    knows, `DestinationError` where the destination cannot be read.
    """
    from ..frames import to_frame

    if not isinstance(destination, str):
        return to_frame(destination.read_view(name, tz=tz, account=account), dtype_backend=dtype_backend)
    opened = open_destination(destination, schema_name=schema_name)
    try:
        return to_frame(opened.read_view(name, tz=tz, account=account), dtype_backend=dtype_backend)
    finally:
        opened.close()
