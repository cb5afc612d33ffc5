"""The Superset dashboard: charts and layout as kept in ``superset``, over datasets that follow the views.

In: the views of `views`, the YAML files of the dashboard. Out: the ZIP that Superset imports. The files in
``superset`` are as Superset exports them, shortened; whoever changes the dashboard in Superset exports it and
takes its charts and dashboard from there.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from uuid import UUID, uuid5

from ..errors import SettingsError
from ..schema import Column, Kind
from ..views import VIEWS, View
from .yaml_text import Yaml, yaml_text

_NAMESPACE = UUID("8d4c8d5e-3a0e-4c55-9a51-3f4b6f0ce5a1")

DATABASE_UUID = str(uuid5(_NAMESPACE, "database"))
"""Names the connection in ``databases/ecore.yaml``."""

_COMMENT = "Follows the views of ecore-export."

_PACKED_AT = (2026, 1, 1, 0, 0, 0)
"""So that the same dashboard is the same ZIP."""

# Types as PostgreSQL names them; Superset reads them by pattern and so understands them of SQLite as well.
_TYPES = {
    Kind.TEXT: "TEXT",
    Kind.INT64: "BIGINT",
    Kind.FLOAT64: "DOUBLE PRECISION",
    Kind.BOOL: "BOOLEAN",
    Kind.CREDITS: "NUMERIC(28, 6)",
    Kind.INSTANT: "TIMESTAMP WITH TIME ZONE",
    Kind.DATE: "DATE",
}

_MONEY, _WHOLE, _SHARE, _SECONDS = ",.2f", ",d", ".1%", ",.1f"

_METRICS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "credit_events": (
        ("credits_sum", "Credits", "SUM(credits)", _MONEY),
        ("events", "Events", "COUNT(*)", _WHOLE),
    ),
    "daily_credit_usage": (
        ("charged", "Charged", "SUM(credits_charged)", _MONEY),
        ("refunded", "Refunded", "SUM(credits_refunded)", _MONEY),
        ("net", "Net", "SUM(credits_net)", _MONEY),
    ),
    "list_quality": (
        ("addresses", "Addresses", "SUM(total_records)", _WHOLE),
        ("share_valid", "Valid", "1e0 * SUM(valid_count) / NULLIF(SUM(total_records), 0)", _SHARE),
    ),
    "validator_mix": (
        ("addresses", "Addresses", "SUM(records)", _WHOLE),
        ("share_cached", "From the cache", "1e0 * SUM(cached_count) / NULLIF(SUM(records), 0)", _SHARE),
        ("share_valid", "Valid", "1e0 * SUM(valid_count) / NULLIF(SUM(records), 0)", _SHARE),
    ),
    "job_turnaround": (
        ("jobs", "Jobs", "COUNT(*)", _WHOLE),
        ("mean_seconds", "Mean", "AVG(total_seconds)", _SECONDS),
        ("longest_seconds", "Longest", "MAX(total_seconds)", _SECONDS),
    ),
    "data_freshness": (("open_rejects_sum", "Open rejects", "SUM(open_rejects)", _WHOLE),),
}
"""Name, label, SQL and number format. A view without an entry has no dataset: latest_email_status, as it
holds addresses.

``1e0`` makes it a division of doubles; MySQL would give decimals of four more digits.
"""

_TIME = {"credit_events": "event_at", "daily_credit_usage": "day", "job_turnaround": "completed_at"}
"""The column that the dashboard's time filter acts upon; the other views have no time to filter by."""


def superset_files() -> dict[str, str]:
    """Path and text of every file of the dashboard, as Superset's ZIP has them below its one folder."""
    kept = {path: file.read_text(encoding="utf-8") for path, file in _kept(files(__package__) / "dashboard")}
    shown = [view for view in VIEWS if view.name in _METRICS]
    return kept | {f"datasets/eCore/{view.name}.yaml": yaml_text(_dataset(view), _COMMENT) for view in shown}


def write_superset_zip(path: Path) -> None:
    """Write the dashboard as the ZIP that Superset imports.

    Writing it again gives the same bytes. Raises `SettingsError` if ``path`` cannot be written.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in sorted(superset_files().items()):
            file.writestr(zipfile.ZipInfo(f"ecore/{name}", _PACKED_AT), text)
    try:
        path.write_bytes(packed.getvalue())
    except OSError as error:
        raise SettingsError(f"the dashboard cannot be written to {path}: {error.strerror}") from error


def _kept(folder: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _kept(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            yield f"{above}{entry.name}", entry


def _dataset(view: View) -> dict[str, Yaml]:
    return {
        "table_name": view.name,
        "description": view.description,
        "main_dttm_col": _TIME.get(view.name),
        # No schema: the connection's default one, so that the same file serves PostgreSQL and SQLite.
        "schema": None,
        "uuid": str(uuid5(_NAMESPACE, f"dataset/{view.name}")),
        "database_uuid": DATABASE_UUID,
        "version": "1.0.0",
        "metrics": [
            {"metric_name": name, "verbose_name": label, "expression": expression, "d3format": form}
            for name, label, expression, form in _METRICS[view.name]
        ],
        "columns": [_column(column) for column in view.columns],
    }


def _column(column: Column) -> Yaml:
    return {
        "column_name": column.name,
        "description": column.description,
        "type": _TYPES[column.kind],
        "is_dttm": column.kind in (Kind.INSTANT, Kind.DATE),
        "groupby": column.kind not in (Kind.FLOAT64, Kind.CREDITS),
        "filterable": True,
        # Days are compared as text in SQLite, so a bound must have no time of day.
        "python_date_format": "%Y-%m-%d" if column.kind is Kind.DATE else None,
    }
