-- The tables of ecore-export for sqlite, schema version 1.

CREATE TABLE jobs (
	account TEXT NOT NULL,
	job_id BIGINT NOT NULL,
	job_uuid TEXT NOT NULL,
	list_name TEXT,
	status TEXT NOT NULL,
	is_final BOOLEAN NOT NULL,
	total_records BIGINT,
	valid_count BIGINT,
	invalid_count BIGINT,
	unknown_count BIGINT,
	other_count BIGINT,
	processed_count BIGINT,
	total_credits_charged NUMERIC(28, 6),
	credits_charged_at TEXT,
	created_at TEXT NOT NULL,
	started_at TEXT,
	completed_at TEXT,
	duration TEXT,
	results_summary TEXT,
	queue_seconds DOUBLE,
	processing_seconds DOUBLE,
	records_exported BIGINT,
	is_reconciled BOOLEAN,
	first_seen_at TEXT NOT NULL,
	changed_at TEXT NOT NULL,
	checked_at TEXT NOT NULL,
	deleted_at TEXT,
	run_id TEXT NOT NULL,
	PRIMARY KEY (account, job_id)
);

CREATE TABLE job_history (
	account TEXT NOT NULL,
	job_id BIGINT NOT NULL,
	valid_from TEXT NOT NULL,
	valid_to TEXT,
	job_uuid TEXT NOT NULL,
	list_name TEXT,
	status TEXT NOT NULL,
	is_final BOOLEAN NOT NULL,
	total_records BIGINT,
	valid_count BIGINT,
	invalid_count BIGINT,
	unknown_count BIGINT,
	other_count BIGINT,
	processed_count BIGINT,
	total_credits_charged NUMERIC(28, 6),
	credits_charged_at TEXT,
	created_at TEXT NOT NULL,
	started_at TEXT,
	completed_at TEXT,
	duration TEXT,
	results_summary TEXT,
	queue_seconds DOUBLE,
	processing_seconds DOUBLE,
	deleted_at TEXT,
	run_id TEXT NOT NULL,
	PRIMARY KEY (account, job_id, valid_from)
);

CREATE TABLE records (
	account TEXT NOT NULL,
	job_id BIGINT NOT NULL,
	record_id BIGINT NOT NULL,
	ec_id TEXT,
	email TEXT,
	email_hash TEXT,
	email_domain TEXT,
	status TEXT NOT NULL,
	validator_used TEXT,
	is_cached BOOLEAN,
	error_message TEXT,
	processed_at TEXT,
	job_created_at TEXT NOT NULL,
	run_id TEXT NOT NULL,
	PRIMARY KEY (account, job_id, record_id)
);

CREATE TABLE sync_runs (
	run_id TEXT NOT NULL,
	started_at TEXT NOT NULL,
	finished_at TEXT,
	status TEXT NOT NULL,
	account TEXT NOT NULL,
	jobs_seen BIGINT,
	jobs_exported BIGINT,
	jobs_changed BIGINT,
	jobs_rejected BIGINT,
	records_written BIGINT,
	requests BIGINT,
	retries BIGINT,
	bytes_received BIGINT,
	drift TEXT,
	error TEXT,
	version TEXT NOT NULL,
	destination TEXT NOT NULL,
	PRIMARY KEY (run_id)
);

CREATE TABLE rejects (
	account TEXT NOT NULL,
	job_id BIGINT NOT NULL,
	record_id BIGINT NOT NULL,
	reason TEXT NOT NULL,
	occurrences BIGINT,
	raw TEXT,
	rejected_at TEXT NOT NULL,
	resolved_at TEXT,
	run_id TEXT NOT NULL,
	PRIMARY KEY (account, job_id, record_id, reason)
);

CREATE TABLE ecore_meta (
	name TEXT NOT NULL,
	value TEXT,
	PRIMARY KEY (name)
);

CREATE TABLE ecore_suppressions (
	email_hash TEXT NOT NULL,
	suppressed_at TEXT NOT NULL,
	PRIMARY KEY (email_hash)
);

CREATE INDEX ix_jobs_deleted ON jobs (account, job_id) WHERE deleted_at IS NOT NULL;

CREATE INDEX ix_jobs_open ON jobs (account, job_id) WHERE deleted_at IS NULL AND (is_final IS 0 OR records_exported IS NULL);
