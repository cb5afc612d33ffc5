"""A destination is named by a URL."""

from contextlib import closing
from pathlib import Path

import pytest

from ecore_export import SettingsError, open_destination
from ecore_export.destinations import Streaming


@pytest.mark.parametrize("given", [None, 42, Path("/data/jane@example.com")])
def test_what_is_no_text_is_refused_by_its_kind_and_not_shown(given):
    with pytest.raises(SettingsError, match="the destination is text such as parquet:PATH") as refused:
        open_destination(given)
    assert "jane" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "parquet:w",
        "delta:w",
        "sqlite:///w.db",
        "duckdb:///w.duckdb",
        "postgresql+psycopg://h/d",
        "mysql+pymysql://h/d",
    ],
)
def test_each_gives_the_rows_of_a_view_as_they_come(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(open_destination(url)) as destination:
        assert isinstance(destination, Streaming)
    assert not list(tmp_path.iterdir()), "opening touches nothing"
