"""E-mail domains: the worst ones and those that cost most, by name.

In: rows of domain_quality. Out: columns by account and domain, of the whole period: days would be too many.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa

from .folding import Names, micro, shown

MAX_DOMAINS = 200
MIN_JUDGED = 100
"""Addresses that a domain needs to be among the worst."""

_COUNTS = ("records", "valid_count", "invalid_count", "unknown_count", "repeats")


def packed_domains(domains: pa.Table, accounts: Names) -> dict[str, Any]:
    """Sums of the shown domains and, under the code -1, of all others."""
    names = _ranked(domains)
    found: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0] * (len(_COUNTS) + 1))
    for batch in domains.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            sums = found[accounts.of(row["account"]), names.of(row["email_domain"])]
            values = (*(row[name] or 0 for name in _COUNTS), micro(row["credits_net"]))
            for place, value in enumerate(values):
                sums[place] += value
    columns = ("account", "domain", *_COUNTS, "credits_net")
    rows = [(*key, *sums) for key, sums in sorted(found.items())]
    return {
        "by_domain": {name: [row[place] for row in rows] for place, name in enumerate(columns)},
        "domains": [shown(name, "(erased)") for name in names.codes],
        "domains_left_out": names.left_out,
        "domains_min_judged": MIN_JUDGED,
        "repeats_known": domains["repeats"].null_count < len(domains),
    }


def _ranked(domains: pa.Table) -> Names:
    """The worst of the large domains and those with most addresses, half of the room for each."""
    sums = (
        domains.group_by("email_domain").aggregate([("records", "sum"), ("valid_count", "sum")]).to_pylist()
    )
    large = [row for row in sums if row["records_sum"] >= MIN_JUDGED and row["email_domain"] is not None]
    worst = sorted(large, key=lambda row: (row["valid_count_sum"] / row["records_sum"], -row["records_sum"]))
    most = sorted(sums, key=lambda row: (-row["records_sum"], str(row["email_domain"])))
    ranked = [row["email_domain"] for row in (*worst[: MAX_DOMAINS // 2], *most)]
    kept = list(dict.fromkeys(ranked))[:MAX_DOMAINS]
    return Names({name: code for code, name in enumerate(kept)}, len(sums) - len(kept))
