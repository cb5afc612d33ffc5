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
    JobNotLoadedWarning,
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
    TimeBudgetError,
    WaitTimeoutError,
)

if typing.TYPE_CHECKING:
    from .client import Client
    from .destinations import open_destination, read_table, read_view
    from .excel import write_excel
    from .frames import to_arrow
    from .loading import flatten_job, load_job, load_jobs, load_records
    from .progress import Progress
    from .report import write_report
    from .schema import SCHEMA_VERSION
    from .syncing import SyncOptions, SyncResult, sync
    from .views import (
        account_summary,
        credit_events,
        credit_usage,
        daily_domain_quality,
        daily_list_quality,
        daily_validator_mix,
        data_freshness,
        domain_quality,
        error_reasons,
        job_turnaround,
        latest_email_status,
        list_decay,
        list_quality,
        monthly_statement,
        repeat_costs,
        repeat_validations,
        stale_lists,
        validator_mix,
        verdict_changes,
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
    "JobNotLoadedWarning",
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
    "TimeBudgetError",
    "WaitTimeoutError",
    "__version__",
    "account_summary",
    "credit_events",
    "credit_usage",
    "daily_domain_quality",
    "daily_list_quality",
    "daily_validator_mix",
    "data_freshness",
    "domain_quality",
    "error_reasons",
    "flatten_job",
    "job_turnaround",
    "latest_email_status",
    "list_decay",
    "list_quality",
    "load_job",
    "load_jobs",
    "load_records",
    "monthly_statement",
    "open_destination",
    "read_table",
    "read_view",
    "repeat_costs",
    "repeat_validations",
    "stale_lists",
    "sync",
    "to_arrow",
    "validator_mix",
    "verdict_changes",
    "write_excel",
    "write_report",
]

_HOMES = {
    "Client": "client",
    "flatten_job": "loading",
    "load_job": "loading",
    "load_jobs": "loading",
    "load_records": "loading",
    "open_destination": "destinations",
    "read_table": "destinations",
    "read_view": "destinations",
    "SCHEMA_VERSION": "schema",
    "Progress": "progress",
    "SyncOptions": "syncing",
    "SyncResult": "syncing",
    "sync": "syncing",
    "to_arrow": "frames",
    "credit_events": "views",
    "credit_usage": "views",
    "account_summary": "views",
    "daily_domain_quality": "views",
    "daily_list_quality": "views",
    "daily_validator_mix": "views",
    "list_decay": "views",
    "monthly_statement": "views",
    "repeat_costs": "views",
    "stale_lists": "views",
    "data_freshness": "views",
    "domain_quality": "views",
    "error_reasons": "views",
    "job_turnaround": "views",
    "latest_email_status": "views",
    "list_quality": "views",
    "repeat_validations": "views",
    "validator_mix": "views",
    "verdict_changes": "views",
    "write_excel": "excel",
    "write_report": "report",
}
"""Where the names live that are imported when first asked for (PEP 562)."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
