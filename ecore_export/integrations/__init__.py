"""What other people's engines take jobs and records by: thin, above the client; each module has an extra.

Import the module itself, as in ``from ecore_export.integrations.dlt import ecore_source``.
"""

__all__: list[str] = []
