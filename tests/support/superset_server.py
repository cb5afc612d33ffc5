"""A running Superset, and what an analyst does with it: import the dashboard, name the database, read charts.

In: the Python of Superset's environment, the dashboard's ZIP. Out: answers of Superset's own API.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

START = Path(__file__).with_name("superset_process.py")
STOP_LIMIT_S = 20.0

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Superset:
    """Superset's API, signed in as its administrator, whose password is ``password``."""

    api: httpx.Client
    address: str
    password: str = field(repr=False)
    chart_ids: dict[str, int] = field(default_factory=dict)
    """By name; once it was asked for."""

    def import_dashboard(self, packed: Path) -> None:
        """What Dashboards, Import dashboard does with the ZIP."""
        sent = {"formData": (packed.name, packed.read_bytes(), "application/zip")}
        self._answer("POST", "dashboard/import/", files=sent, data={"overwrite": "true"})

    def connect(self, sqlalchemy_uri: str) -> None:
        """What Settings, Database Connections, eCore, Edit does with an address."""
        self._answer(
            "PUT", f"database/{self._ids('database')['eCore']}", json={"sqlalchemy_uri": sqlalchemy_uri}
        )

    def dashboard_charts(self) -> list[str]:
        """Names of the charts on the dashboard."""
        return [chart["slice_name"] for chart in self._answer("GET", "dashboard/ecore/charts")]

    def chart_data(self, name: str) -> list[Row]:
        """The rows of a chart, by the query saved with it."""
        return self._rows(self._answer("GET", f"chart/{self._chart_id(name)}/data/"))

    def time_of(self, name: str) -> str | None:
        """The column of a chart that the dashboard's period acts upon."""
        filters = self._saved_query(name)["queries"][0]["filters"]
        return next((part["col"] for part in filters if part["op"] == "TEMPORAL_RANGE"), None)

    def filtered_data(self, name: str, *, time_range: str | None = None, **chosen: str) -> list[Row]:
        """The rows of a chart when the dashboard's filters are set; ``chosen``: column and value."""
        context = self._saved_query(name)
        for query in context["queries"]:
            for part in query["filters"]:
                if time_range and part["op"] == "TEMPORAL_RANGE":
                    part["val"] = time_range
            query["filters"] += [{"col": name, "op": "IN", "val": [value]} for name, value in chosen.items()]
        return self._rows(self._answer("POST", "chart/data", json=context))

    def _saved_query(self, name: str) -> dict[str, Any]:
        saved = self._answer("GET", f"chart/{self._chart_id(name)}")
        context: dict[str, Any] = json.loads(saved["query_context"])
        return context

    def _chart_id(self, name: str) -> int:
        if not self.chart_ids:
            self.chart_ids.update(self._ids("chart"))
        return self.chart_ids[name]

    def _ids(self, kind: str) -> dict[str, int]:
        name = {"chart": "slice_name", "database": "database_name"}[kind]
        return {found[name]: found["id"] for found in self._answer("GET", f"{kind}/?q=(page_size:100)")}

    def _rows(self, answer: list[dict[str, Any]]) -> list[Row]:
        (query,) = answer
        assert query["error"] is None
        rows: list[Row] = query["data"]
        return rows

    def _answer(self, method: str, path: str, **body: Any) -> Any:
        response = self.api.request(method, path, **body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return response.json().get("result")


@contextmanager
def running_superset(python: Path, folder: Path) -> Iterator[Superset]:
    """Start Superset, sign in, stop it."""
    password = secrets.token_urlsafe()
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [python, START, folder, password],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        port = _port(process, folder / "log.txt")
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=f"{address}/api/v1/", timeout=60, trust_env=False) as api:
            signing_in = {"username": "admin", "password": password, "provider": "db"}
            token = api.post("security/login", json=signing_in).json()["access_token"]
            api.headers["Authorization"] = f"Bearer {token}"
            yield Superset(api, address, password)
    finally:
        try:
            process.communicate(timeout=STOP_LIMIT_S)
        except subprocess.TimeoutExpired:  # nothing of it is needed any more
            process.kill()
            process.communicate()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b"port "):
            return int(line.split()[1])
    raise AssertionError(f"Superset did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
