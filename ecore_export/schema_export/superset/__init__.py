"""The Superset dashboard: charts, layout and filters over datasets that follow the views.

In: the views of `views`. Out: the ZIP that Superset imports. `charts` and `dashboard` say what it shows;
`datasets` and `chart_files` spell it as Superset does.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from ...errors import SettingsError
from ..yaml_text import Yaml, yaml_text
from .chart_files import chart_file
from .dashboard import CHARTS, dashboard_file
from .datasets import DATABASE_UUID, SHOWN, dataset

__all__ = ["superset_files", "write_superset_zip"]

_COMMENT = "Written by ecore-export."

_PACKED_AT = (2026, 1, 1, 0, 0, 0)
"""So that the same dashboard is the same ZIP."""

_DATABASE: dict[str, Yaml] = {
    "database_name": "eCore",
    "sqlalchemy_uri": "postgresql+psycopg2://ecore_reader@localhost:5432/ecore",
    "cache_timeout": None,
    "expose_in_sqllab": True,
    "allow_run_async": False,
    "allow_ctas": False,
    "allow_cvas": False,
    "allow_dml": False,
    "allow_csv_upload": False,
    "extra": {"allows_virtual_table_explore": True},
    "uuid": DATABASE_UUID,
    "version": "1.0.0",
}


def superset_files() -> dict[str, str]:
    """Path and text of every file of the dashboard, as Superset's ZIP has them below its one folder."""
    files: dict[str, dict[str, Yaml]] = {
        "metadata.yaml": {"version": "1.0.0", "type": "Dashboard", "timestamp": "2026-11-23T00:00:00+00:00"},
        "databases/ecore.yaml": _DATABASE,
        "dashboards/ecore.yaml": dashboard_file(),
    }
    used = {chart.view for chart in CHARTS}
    files |= {f"datasets/eCore/{view.name}.yaml": dataset(view) for view in SHOWN if view.name in used}
    files |= {f"charts/{chart.name}.yaml": chart_file(chart) for chart in CHARTS}
    return {path: yaml_text(content, _COMMENT) for path, content in files.items()}


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
