-- The tables of ecore-export for duckdb, schema version 1.

CREATE TABLE IF NOT EXISTS jobs (
  account VARCHAR NOT NULL,
  job_id BIGINT NOT NULL,
  job_uuid VARCHAR NOT NULL,
  list_name VARCHAR,
  status VARCHAR NOT NULL,
  is_final BOOLEAN NOT NULL,
  total_records BIGINT,
  valid_count BIGINT,
  invalid_count BIGINT,
  unknown_count BIGINT,
  other_count BIGINT,
  processed_count BIGINT,
  total_credits_charged DECIMAL(28, 6),
  credits_charged_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL,
  started_at TIMESTAMPTZ,
  completed_at TIMESTAMPTZ,
  duration VARCHAR,
  results_summary VARCHAR,
  queue_seconds DOUBLE,
  processing_seconds DOUBLE,
  records_exported BIGINT,
  is_reconciled BOOLEAN,
  first_seen_at TIMESTAMPTZ NOT NULL,
  changed_at TIMESTAMPTZ NOT NULL,
  checked_at TIMESTAMPTZ NOT NULL,
  deleted_at TIMESTAMPTZ,
  run_id VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS job_history (
  account VARCHAR NOT NULL,
  job_id BIGINT NOT NULL,
  valid_from TIMESTAMPTZ NOT NULL,
  valid_to TIMESTAMPTZ,
  job_uuid VARCHAR NOT NULL,
  list_name VARCHAR,
  status VARCHAR NOT NULL,
  is_final BOOLEAN NOT NULL,
  total_records BIGINT,
  valid_count BIGINT,
  invalid_count BIGINT,
  unknown_count BIGINT,
  other_count BIGINT,
  processed_count BIGINT,
  total_credits_charged DECIMAL(28, 6),
  credits_charged_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL,
  started_at TIMESTAMPTZ,
  completed_at TIMESTAMPTZ,
  duration VARCHAR,
  results_summary VARCHAR,
  queue_seconds DOUBLE,
  processing_seconds DOUBLE,
  deleted_at TIMESTAMPTZ,
  run_id VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS records (
  account VARCHAR NOT NULL,
  job_id BIGINT NOT NULL,
  record_id BIGINT NOT NULL,
  ec_id VARCHAR,
  email VARCHAR,
  email_hash VARCHAR,
  email_domain VARCHAR,
  status VARCHAR NOT NULL,
  validator_used VARCHAR,
  is_cached BOOLEAN,
  error_message VARCHAR,
  processed_at TIMESTAMPTZ,
  job_created_at TIMESTAMPTZ NOT NULL,
  run_id VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS sync_runs (
  run_id VARCHAR NOT NULL,
  started_at TIMESTAMPTZ NOT NULL,
  finished_at TIMESTAMPTZ,
  status VARCHAR NOT NULL,
  account VARCHAR NOT NULL,
  jobs_seen BIGINT,
  jobs_exported BIGINT,
  jobs_changed BIGINT,
  jobs_rejected BIGINT,
  records_written BIGINT,
  requests BIGINT,
  retries BIGINT,
  bytes_received BIGINT,
  drift VARCHAR,
  error VARCHAR,
  version VARCHAR NOT NULL,
  destination VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS rejects (
  account VARCHAR NOT NULL,
  job_id BIGINT NOT NULL,
  record_id BIGINT NOT NULL,
  reason VARCHAR NOT NULL,
  occurrences BIGINT,
  raw VARCHAR,
  rejected_at TIMESTAMPTZ NOT NULL,
  resolved_at TIMESTAMPTZ,
  run_id VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS ecore_meta (
  name VARCHAR NOT NULL,
  value VARCHAR
);

CREATE TABLE IF NOT EXISTS ecore_suppressions (
  email_hash VARCHAR NOT NULL,
  suppressed_at TIMESTAMPTZ NOT NULL
);
