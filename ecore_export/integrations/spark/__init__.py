"""eCore as a data source of Apache Spark, batch and streaming.

``spark.dataSource.register(EcoreDataSource)``, and then ``format("ecore")``.

Read in this order: `options`, `listing` (which jobs a batch means), `offsets` (which ones a stream means),
`partitions` (whole jobs divided up, and read on executors), `source`.
"""

from ...errors import SettingsError

try:
    from .source import EcoreDataSource
except ImportError as error:
    if not (error.name or "").startswith("pyspark"):
        raise
    raise SettingsError(
        "Spark's data source needs the extra spark, which is pyspark 4.1 or newer: "
        "pip install 'ecore-export[spark]'"
    ) from error

__all__ = ["EcoreDataSource"]
