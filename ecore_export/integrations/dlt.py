"""eCore as a source of dlt (dlthub.com), the way into the warehouses that dlt loads.

In: settings, and what earlier loads left in dlt's own state: a frontier in the list of jobs and the jobs that
are open. Out: Arrow tables of `schema.JOBS`, `schema.RECORDS` and `schema.SYNC_RUNS`; a job's records are
complete and reconciled, or not among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from .. import schema
from ..arguments import account_label, flag, one_of, whole_number
from ..errors import SettingsError
from ..privacy import PiiMode, Privacy
from ..reading import Session
from ..settings import load_settings
from .loads import Load

try:
    import dlt
    from dlt.common.typing import TSecretStrValue
except ModuleNotFoundError as error:
    if error.name != "dlt":
        raise
    raise SettingsError("the dlt source needs the extra dlt: pip install 'ecore-export[dlt]'") from error

_TYPES: dict[schema.Kind, dict[str, Any]] = {
    schema.Kind.TEXT: {"data_type": "text"},
    schema.Kind.INT64: {"data_type": "bigint"},
    schema.Kind.FLOAT64: {"data_type": "double"},
    schema.Kind.BOOL: {"data_type": "bool"},
    schema.Kind.CREDITS: {
        "data_type": "decimal",
        "precision": schema.CREDIT_PRECISION,
        "scale": schema.CREDIT_SCALE,
    },
    schema.Kind.INSTANT: {"data_type": "timestamp", "timezone": True, "precision": 6},
}

_REPLACED_BY = {
    schema.JOBS: {"primary_key": schema.JOBS.key},
    schema.RECORDS: {"merge_key": schema.JOBS.key},  # whole jobs: what is gone from one goes here, too
    schema.SYNC_RUNS: {"primary_key": schema.SYNC_RUNS.key},
}


@dlt.source(name="ecore", section="ecore", max_table_nesting=0)
def ecore_source(
    token: TSecretStrValue | None = None,
    base_url: str | None = None,
    workers: int | None = None,
    account: str = "default",
    records: bool = True,
    max_requests: int | None = None,
    pii: PiiMode = "keep",
    http_client: Any = None,
) -> Any:
    """Jobs, their records and a row for each load, for ``pipeline.run``: what is new since the load before.

    ``token``, ``base_url`` and ``workers`` come from dlt's configuration (section ``sources.ecore``) or the
    environment (``ECORE_API_TOKEN``, …) where they are not given. ``account`` labels the rows.
    ``records=False`` keeps to jobs; a later load with records brings those, too. ``max_requests`` is a budget
    of HTTP requests: what does not fit comes with the next load. ``pii``: what of an address is loaded, as
    for `sync`; ``hash`` needs ``ECORE_PII_KEY``. ``http_client`` is as for `Client`.

    A second load takes the requests of the listing alone. A load that ends early (a spent cap, an API that is
    down) brings what was complete, and warns; it raises where there is nothing to bring. A job that cannot be
    had is left out with a `JobNotLoadedWarning`, and asked for again by each later load; its row in ``jobs``
    has no ``records_exported``.
    """
    settings = load_settings(token=token, base_url=base_url, workers=workers)
    account_label(account)
    flag("records", records)
    one_of("pii", pii, get_args(PiiMode))
    budget = None if max_requests is None else whole_number("max_requests", max_requests)
    key = settings.pii_key if pii == "hash" else None
    if pii == "hash" and key is None:
        raise SettingsError("pii='hash' needs a key: set ECORE_PII_KEY to a long random text and keep it")
    privacy = Privacy(mode=pii, key=key)

    @dlt.resource(name="export", table_name="jobs")
    def export() -> Iterator[Any]:
        state = dlt.current.resource_state().setdefault(account, {})
        _check_privacy(state, privacy)
        with Session.open(settings, http_client=http_client, max_requests=budget) as session:
            load = Load(session, account, privacy, state, destination=_destination())
            for table, rows in load.run(with_records=records):
                yield dlt.mark.with_hints(rows, _hints(table), create_table_variant=True)

    return export


def _hints(table: schema.Table) -> Any:
    columns = {c.name: {"name": c.name, "nullable": not c.required, **_TYPES[c.kind]} for c in table.columns}
    return dlt.mark.make_hints(
        table_name=table.name, columns=columns, write_disposition="merge", **_REPLACED_BY[table]
    )


def _check_privacy(state: dict[str, Any], privacy: Privacy) -> None:
    """Refuse another privacy mode, or key, than the loads before had."""
    agreed = [privacy.mode, privacy.fingerprint()]
    if state.setdefault("privacy", agreed) != agreed:
        raise SettingsError(
            f"earlier loads had pii={state['privacy'][0]!r}, or another ECORE_PII_KEY: load as before, or "
            "into another dataset"
        )


def _destination() -> str:
    """The name of the destination, which holds no secret."""
    pipeline = dlt.current.pipeline()
    return f"dlt:{pipeline.destination.destination_name if pipeline.destination else 'none'}"
