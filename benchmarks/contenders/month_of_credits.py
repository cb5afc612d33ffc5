"""A month's credits out of a Parquet folder that ecore-export wrote, by DuckDB and nothing of ours.

In: the folder, as a destination of ours. Out: on stdout, the seconds the questions took by themselves. What
was charged comes from `jobs`; what it bought, day by day and validator by validator, from that month's folder
of `records`.
"""

from __future__ import annotations

import json
import sys
import time

import duckdb

MONTH = "2026-02"
_CHARGED = """
    SELECT CAST(created_at AS DATE) AS day, count(*) AS jobs, sum(total_credits_charged) AS credits
    FROM read_parquet(?, hive_partitioning = true)
    WHERE created_month = ? GROUP BY day ORDER BY day"""
_BOUGHT = """
    SELECT CAST(job_created_at AS DATE) AS day, validator_used, count(*) FILTER (status = 'Valid') AS valid
    FROM read_parquet(?, hive_partitioning = true)
    WHERE created_month = ? GROUP BY ALL ORDER BY ALL"""


def main(destination: str) -> None:
    """Ask, and check that both answers agree: in the benchmark's account a valid address costs one credit."""
    folder = destination.removeprefix("parquet:")
    started = time.perf_counter()
    with duckdb.connect() as connection:
        charged = connection.execute(_CHARGED, [f"{folder}/jobs/**/*.parquet", MONTH]).fetchall()
        bought = connection.execute(_BOUGHT, [f"{folder}/records/**/*.parquet", MONTH]).fetchall()
    elapsed = time.perf_counter() - started
    credits, valid = sum(row[2] for row in charged), sum(row[2] for row in bought)
    if not charged or credits != valid:
        raise SystemExit(f"{credits} credits were charged, but {valid} addresses are valid")
    sys.stdout.write(json.dumps({"inner_s": elapsed}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
