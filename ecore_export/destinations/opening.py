"""Which destination a URL or the name of a database stands for.

In: a URL, or a kind of database. Out: a `Destination`; the SQL that creates its tables and views, as text.
"""

from __future__ import annotations

from ..arguments import kind_of
from ..errors import SettingsError
from .contract import Destination
from .files import OBJECT_STORES, in_an_object_store


def open_destination(url: str, *, schema_name: str | None = None) -> Destination:
    """The destination a URL names; nothing is created or written yet.

    ``parquet:PATH``, ``delta:PATH``, ``delta:s3://BUCKET/PREFIX``, ``duckdb:///FILE``, or any SQLAlchemy URL
    such as ``sqlite:///FILE``, ``postgresql+psycopg://…`` and ``mysql+pymysql://…``; ``schema_name`` chooses
    a schema in databases that have them. Raises `SettingsError` for a scheme nobody knows or a driver that is
    not installed.

    >>> import ecore_export as ee
    >>> destination = ee.open_destination("parquet:warehouse")
    >>> destination.url
    'parquet:warehouse'
    >>> destination.close()
    """
    if not isinstance(url, str):
        raise SettingsError(f"the destination is text such as parquet:PATH, not {kind_of(url)}")
    url = url.strip()  # from a file or a secret, with a line break at its end
    scheme = url.partition(":")[0].lower()
    if scheme == "parquet":
        from .parquet.destination import ParquetDestination

        return ParquetDestination(url)
    if scheme == "delta":
        from .delta.destination import DeltaDestination

        return DeltaDestination(url)
    if scheme == "duckdb":
        from .duckdb.destination import DuckDBDestination

        return DuckDBDestination(url)
    if scheme in OBJECT_STORES:
        raise SettingsError(in_an_object_store(scheme))
    if "://" in url:
        from .sql.destination import SQLDestination

        return SQLDestination(url, schema_name=schema_name)
    raise SettingsError(
        "the destination is not a URL; it should look like parquet:PATH, sqlite:///FILE, duckdb:///FILE "
        "or postgresql+psycopg://USER@HOST/DATABASE"
    )


def create_tables(dialect: str, schema_name: str | None = None) -> list[str]:
    """One statement a table or index, as a sync to that database executes them."""
    if dialect == "duckdb":
        from .duckdb import tables as in_duckdb

        return in_duckdb.create_statements()
    from .sql import tables as in_sql

    return in_sql.create_statements(dialect, schema_name)


def create_views(dialect: str, schema_name: str | None = None) -> list[str]:
    """One statement a view."""
    if dialect == "duckdb":
        from .duckdb import views as in_duckdb

        return in_duckdb.create_statements()
    from .sql import views as in_sql

    return in_sql.create_statements(dialect, schema_name)
