"""ecore-export: eCore email-validation jobs as pandas DataFrames, Parquet files and SQL tables.

The public names. Errors and warnings are there at once; whatever needs pandas, PyArrow or httpx is imported
when it is first asked for, so ``import ecore_export`` is quick.
"""

import importlib
import typing

from .errors import (
    AccountMismatchError,
    ApiError,
    AuthenticationError,
    BadRequestError,
    DailyCapError,
    DestinationBusyError,
    DestinationError,
    DestinationVersionError,
    DriftWarning,
    EcoreError,
    IncompleteDataWarning,
    MalformedBodyError,
    NetworkError,
    NotFoundError,
    PayloadError,
    ReconciliationError,
    RedirectError,
    RequestBudgetError,
    ServerError,
    SettingsError,
    StoppedError,
    WaitTimeoutError,
)

if typing.TYPE_CHECKING:
    from .client import Client, flatten_job, load_job, load_jobs, load_records
    from .destinations import open_destination
    from .destinations.view_frames import read_view
    from .report.writing import write_report
    from .schema import SCHEMA_VERSION
    from .syncing import Progress, SyncOptions, SyncResult, sync
    from .views.of_frames import (
        credit_events,
        credit_usage,
        data_freshness,
        job_turnaround,
        latest_email_status,
        list_quality,
        validator_mix,
    )

__version__ = "0.1.0"

__all__ = [
    "SCHEMA_VERSION",
    "AccountMismatchError",
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "DailyCapError",
    "DestinationBusyError",
    "DestinationError",
    "DestinationVersionError",
    "DriftWarning",
    "EcoreError",
    "IncompleteDataWarning",
    "MalformedBodyError",
    "NetworkError",
    "NotFoundError",
    "PayloadError",
    "Progress",
    "ReconciliationError",
    "RedirectError",
    "RequestBudgetError",
    "ServerError",
    "SettingsError",
    "StoppedError",
    "SyncOptions",
    "SyncResult",
    "WaitTimeoutError",
    "__version__",
    "credit_events",
    "credit_usage",
    "data_freshness",
    "flatten_job",
    "job_turnaround",
    "latest_email_status",
    "list_quality",
    "load_job",
    "load_jobs",
    "load_records",
    "open_destination",
    "read_view",
    "sync",
    "validator_mix",
    "write_report",
]

_HOMES = {
    "Client": "client",
    "flatten_job": "client",
    "load_job": "client",
    "load_jobs": "client",
    "load_records": "client",
    "open_destination": "destinations",
    "read_view": "destinations.view_frames",
    "SCHEMA_VERSION": "schema",
    "Progress": "syncing",
    "SyncOptions": "syncing",
    "SyncResult": "syncing",
    "sync": "syncing",
    "credit_events": "views.of_frames",
    "credit_usage": "views.of_frames",
    "data_freshness": "views.of_frames",
    "job_turnaround": "views.of_frames",
    "latest_email_status": "views.of_frames",
    "list_quality": "views.of_frames",
    "validator_mix": "views.of_frames",
    "write_report": "report.writing",
}
"""Where the names live that are imported when first asked for (PEP 562)."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
