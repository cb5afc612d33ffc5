"""Tables in a database that SQLAlchemy speaks to."""

from .destination import SQLDestination

__all__ = ["SQLDestination"]
