"""A destination is named by a URL."""

from pathlib import Path

import pytest

from ecore_export import SettingsError, open_destination


@pytest.mark.parametrize("given", [None, 42, Path("/data/jane@example.com")])
def test_what_is_no_text_is_refused_by_its_kind_and_not_shown(given):
    with pytest.raises(SettingsError, match="the destination is text such as parquet:PATH") as refused:
        open_destination(given)
    assert "jane" not in str(refused.value)
