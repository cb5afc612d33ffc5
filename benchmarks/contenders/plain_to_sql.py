"""Plain pandas to PostgreSQL: `json_normalize` page by page, `to_sql` with its defaults."""

from __future__ import annotations

import sqlalchemy as sa

from .asked import Asked, asked
from .listed import frames


def export(asked: Asked) -> None:
    """Append all records to the table ``records``."""
    engine = sa.create_engine(asked.target.replace("postgresql:", "postgresql+psycopg:", 1))
    for frame in frames(asked):
        frame.to_sql("records", engine, if_exists="append", index=False)
    engine.dispose()


if __name__ == "__main__":
    export(asked())
