"""Without pyspark, or with an old one, one sentence names the extra."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("missing", ["pyspark", "pyspark.sql.datasource"])
def test_the_extra_is_named_where_pyspark_is_missing(missing: str) -> None:
    script = f"""
import sys
sys.modules[{missing!r}] = None
from ecore_export import SettingsError
try:
    import ecore_export.integrations.spark
except SettingsError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.startswith("Spark's data source needs the extra spark, which is pyspark 4.1 or newer")
    assert told.endswith("pip install 'ecore-export[spark]'\n")
