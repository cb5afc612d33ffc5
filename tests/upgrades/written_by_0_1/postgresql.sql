-- The tables and views of ecore-export for postgresql, schema version 1.
-- Days in daily_credit_usage are those of UTC; `ecore-export sync --tz` sets another zone.

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
	credits_charged_at TIMESTAMP WITH TIME ZONE,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE,
	completed_at TIMESTAMP WITH TIME ZONE,
	duration TEXT,
	results_summary TEXT,
	queue_seconds DOUBLE PRECISION,
	processing_seconds DOUBLE PRECISION,
	records_exported BIGINT,
	is_reconciled BOOLEAN,
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	deleted_at TIMESTAMP WITH TIME ZONE,
	run_id TEXT NOT NULL,
	PRIMARY KEY (account, job_id)
);

COMMENT ON TABLE jobs IS 'The latest known state of each job.';

COMMENT ON COLUMN jobs.account IS 'Label of the eCore account, chosen by whoever exports.';

COMMENT ON COLUMN jobs.job_id IS 'The job''s primary key at eCore.';

COMMENT ON COLUMN jobs.job_uuid IS 'The job''s UUID4.';

COMMENT ON COLUMN jobs.list_name IS 'Display label of the list.';

COMMENT ON COLUMN jobs.status IS 'Uploading, Processing, Processed or Failed; an open set, unknown values are kept.';

COMMENT ON COLUMN jobs.is_final IS 'Whether the status is Processed or Failed.';

COMMENT ON COLUMN jobs.total_records IS 'Unique addresses in the job.';

COMMENT ON COLUMN jobs.valid_count IS 'Records with status Valid.';

COMMENT ON COLUMN jobs.invalid_count IS 'Records with status Invalid.';

COMMENT ON COLUMN jobs.unknown_count IS 'Records with status Unknown.';

COMMENT ON COLUMN jobs.other_count IS 'total_records less the three counters: records that are Pending or Error.';

COMMENT ON COLUMN jobs.processed_count IS 'Records processed so far, from results_summary.';

COMMENT ON COLUMN jobs.total_credits_charged IS 'Net charge after refunds for addresses that are not Valid.';

COMMENT ON COLUMN jobs.credits_charged_at IS 'When the upfront charge was applied.';

COMMENT ON COLUMN jobs.created_at IS 'When the job was created.';

COMMENT ON COLUMN jobs.started_at IS 'When a worker picked the job up.';

COMMENT ON COLUMN jobs.completed_at IS 'When the job finished or failed.';

COMMENT ON COLUMN jobs.duration IS 'Rounded text for people, as given, such as `1m 16s`.';

COMMENT ON COLUMN jobs.results_summary IS '`processed/total`, as given, such as `250/250`.';

COMMENT ON COLUMN jobs.queue_seconds IS 'From created_at to started_at.';

COMMENT ON COLUMN jobs.processing_seconds IS 'From started_at to completed_at.';

COMMENT ON COLUMN jobs.records_exported IS 'Rows of this job in `records`; null until its records are exported.';

COMMENT ON COLUMN jobs.is_reconciled IS 'Whether the exported records agree with the API''s counters; null until exported.';

COMMENT ON COLUMN jobs.first_seen_at IS 'When a run first saw the job.';

COMMENT ON COLUMN jobs.changed_at IS 'When a run last saw something of the above, up to processing_seconds, change.';

COMMENT ON COLUMN jobs.checked_at IS 'When the row was last written after a look at the API.';

COMMENT ON COLUMN jobs.deleted_at IS 'When the job was found to be gone (404); null while it exists.';

COMMENT ON COLUMN jobs.run_id IS 'The sync run that last changed this row.';

CREATE TABLE job_history (
	account TEXT NOT NULL,
	job_id BIGINT NOT NULL,
	valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
	valid_to TIMESTAMP WITH TIME ZONE,
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
	credits_charged_at TIMESTAMP WITH TIME ZONE,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE,
	completed_at TIMESTAMP WITH TIME ZONE,
	duration TEXT,
	results_summary TEXT,
	queue_seconds DOUBLE PRECISION,
	processing_seconds DOUBLE PRECISION,
	deleted_at TIMESTAMP WITH TIME ZONE,
	run_id TEXT NOT NULL,
	PRIMARY KEY (account, job_id, valid_from)
);

COMMENT ON TABLE job_history IS 'One row per observed change of a job.';

COMMENT ON COLUMN job_history.account IS 'Label of the eCore account, chosen by whoever exports.';

COMMENT ON COLUMN job_history.job_id IS 'The job''s primary key at eCore.';

COMMENT ON COLUMN job_history.valid_from IS 'When this state was read.';

COMMENT ON COLUMN job_history.valid_to IS 'When the next state was read; null for the current one.';

COMMENT ON COLUMN job_history.job_uuid IS 'The job''s UUID4.';

COMMENT ON COLUMN job_history.list_name IS 'Display label of the list.';

COMMENT ON COLUMN job_history.status IS 'Uploading, Processing, Processed or Failed; an open set, unknown values are kept.';

COMMENT ON COLUMN job_history.is_final IS 'Whether the status is Processed or Failed.';

COMMENT ON COLUMN job_history.total_records IS 'Unique addresses in the job.';

COMMENT ON COLUMN job_history.valid_count IS 'Records with status Valid.';

COMMENT ON COLUMN job_history.invalid_count IS 'Records with status Invalid.';

COMMENT ON COLUMN job_history.unknown_count IS 'Records with status Unknown.';

COMMENT ON COLUMN job_history.other_count IS 'total_records less the three counters: records that are Pending or Error.';

COMMENT ON COLUMN job_history.processed_count IS 'Records processed so far, from results_summary.';

COMMENT ON COLUMN job_history.total_credits_charged IS 'Net charge after refunds for addresses that are not Valid.';

COMMENT ON COLUMN job_history.credits_charged_at IS 'When the upfront charge was applied.';

COMMENT ON COLUMN job_history.created_at IS 'When the job was created.';

COMMENT ON COLUMN job_history.started_at IS 'When a worker picked the job up.';

COMMENT ON COLUMN job_history.completed_at IS 'When the job finished or failed.';

COMMENT ON COLUMN job_history.duration IS 'Rounded text for people, as given, such as `1m 16s`.';

COMMENT ON COLUMN job_history.results_summary IS '`processed/total`, as given, such as `250/250`.';

COMMENT ON COLUMN job_history.queue_seconds IS 'From created_at to started_at.';

COMMENT ON COLUMN job_history.processing_seconds IS 'From started_at to completed_at.';

COMMENT ON COLUMN job_history.deleted_at IS 'When the job was found to be gone (404); null while it exists.';

COMMENT ON COLUMN job_history.run_id IS 'The sync run that observed this state.';

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
	processed_at TIMESTAMP WITH TIME ZONE,
	job_created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	run_id TEXT NOT NULL,
	PRIMARY KEY (account, job_id, record_id)
);

COMMENT ON TABLE records IS 'One row per address of a final job.';

COMMENT ON COLUMN records.account IS 'Label of the eCore account, chosen by whoever exports.';

COMMENT ON COLUMN records.job_id IS 'The job''s primary key at eCore.';

COMMENT ON COLUMN records.record_id IS 'The record''s primary key at eCore.';

COMMENT ON COLUMN records.ec_id IS 'The caller''s own identifier, from the uploaded file''s ec_id column.';

COMMENT ON COLUMN records.email IS 'The address; null in the privacy modes hash and drop.';

COMMENT ON COLUMN records.email_hash IS 'Keyed hash of the address (HMAC-SHA256, hex); only in the privacy mode hash.';

COMMENT ON COLUMN records.email_domain IS 'What follows the last @ of the address, in lower case.';

COMMENT ON COLUMN records.status IS 'Pending, Valid, Invalid, Unknown or Error; an open set, unknown values are kept.';

COMMENT ON COLUMN records.validator_used IS 'The stage of the validation cascade that gave the final answer; an open set.';

COMMENT ON COLUMN records.is_cached IS 'Answered from the validator''s 30-day cache.';

COMMENT ON COLUMN records.error_message IS 'Why the record is in Error.';

COMMENT ON COLUMN records.processed_at IS 'When the final status came.';

COMMENT ON COLUMN records.job_created_at IS 'created_at of the job, so that records can be cut by time.';

COMMENT ON COLUMN records.run_id IS 'The sync run that last changed this row.';

CREATE TABLE sync_runs (
	run_id TEXT NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	finished_at TIMESTAMP WITH TIME ZONE,
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

COMMENT ON TABLE sync_runs IS 'One row per sync run.';

COMMENT ON COLUMN sync_runs.run_id IS 'UUIDv7 of the run: sorts by start.';

COMMENT ON COLUMN sync_runs.started_at IS 'When the run began.';

COMMENT ON COLUMN sync_runs.finished_at IS 'When it ended; null while it runs.';

COMMENT ON COLUMN sync_runs.status IS 'running, complete, partial, stopped or failed.';

COMMENT ON COLUMN sync_runs.account IS 'Label of the eCore account, chosen by whoever exports.';

COMMENT ON COLUMN sync_runs.jobs_seen IS 'Jobs read from the API.';

COMMENT ON COLUMN sync_runs.jobs_exported IS 'Jobs whose records were published.';

COMMENT ON COLUMN sync_runs.jobs_changed IS 'Jobs that were new or had changed.';

COMMENT ON COLUMN sync_runs.jobs_rejected IS 'Jobs that went to rejects.';

COMMENT ON COLUMN sync_runs.records_written IS 'Rows published to records.';

COMMENT ON COLUMN sync_runs.requests IS 'HTTP requests sent, retries included.';

COMMENT ON COLUMN sync_runs.retries IS 'Requests sent again after a fault.';

COMMENT ON COLUMN sync_runs.bytes_received IS 'Body bytes received.';

COMMENT ON COLUMN sync_runs.drift IS 'What the API sent that its reference does not know, as JSON; null if nothing.';

COMMENT ON COLUMN sync_runs.error IS 'Why the run did not complete; null if it did.';

COMMENT ON COLUMN sync_runs.version IS 'Version of ecore-export.';

COMMENT ON COLUMN sync_runs.destination IS 'The destination''s URL, without secrets.';

CREATE TABLE rejects (
	account TEXT NOT NULL,
	job_id BIGINT NOT NULL,
	record_id BIGINT NOT NULL,
	reason TEXT NOT NULL,
	occurrences BIGINT,
	raw TEXT,
	rejected_at TIMESTAMP WITH TIME ZONE NOT NULL,
	resolved_at TIMESTAMP WITH TIME ZONE,
	run_id TEXT NOT NULL,
	PRIMARY KEY (account, job_id, record_id, reason)
);

COMMENT ON TABLE rejects IS 'What could not be accepted: one row per kind of fault, with an example.';

COMMENT ON COLUMN rejects.account IS 'Label of the eCore account, chosen by whoever exports.';

COMMENT ON COLUMN rejects.job_id IS 'The job; 0 when even its id could not be read.';

COMMENT ON COLUMN rejects.record_id IS 'The example''s record; 0 when it concerns the whole job.';

COMMENT ON COLUMN rejects.reason IS 'Which field, and the kind of value found instead.';

COMMENT ON COLUMN rejects.occurrences IS 'How often this was found in the job.';

COMMENT ON COLUMN rejects.raw IS 'An example as ASCII-escaped JSON, at most 64 KiB; obeys the privacy mode.';

COMMENT ON COLUMN rejects.rejected_at IS 'When this was first found.';

COMMENT ON COLUMN rejects.resolved_at IS 'When the job was taken in after all; null while open.';

COMMENT ON COLUMN rejects.run_id IS 'The run that last found it.';

CREATE TABLE ecore_meta (
	name TEXT NOT NULL,
	value TEXT,
	PRIMARY KEY (name)
);

COMMENT ON TABLE ecore_meta IS 'What the destination knows of itself: schema version, privacy mode, key fingerprint.';

COMMENT ON COLUMN ecore_meta.name IS 'Name of the entry.';

COMMENT ON COLUMN ecore_meta.value IS 'Its value.';

CREATE TABLE ecore_suppressions (
	email_hash TEXT NOT NULL,
	suppressed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (email_hash)
);

COMMENT ON TABLE ecore_suppressions IS 'Hashes of erased addresses, which later syncs keep out.';

COMMENT ON COLUMN ecore_suppressions.email_hash IS 'Hash of the erased address.';

COMMENT ON COLUMN ecore_suppressions.suppressed_at IS 'When it was erased.';

CREATE INDEX ix_jobs_deleted ON jobs (account, job_id) WHERE deleted_at IS NOT NULL;

CREATE INDEX ix_jobs_open ON jobs (account, job_id) WHERE deleted_at IS NULL AND (is_final IS false OR records_exported IS NULL);

INSERT INTO jobs VALUES ('default', 4, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000004', 'List 4', 'Processed', true, 7, 7, 2, 1,  -3, 7, 3.000000, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:03:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '7/7', 2547541.22, 76.66, NULL, NULL, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:46.896522+00:00'::timestamptz, NULL, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO jobs VALUES ('default', 1, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000001', 'Kundenliste Größe 😀', 'Processed', true, 3, 1, 1, 0, 1, 3, 1.123456, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:00:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '3/3', 2547721.22, 76.66, 3, true, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:46.994655+00:00'::timestamptz, NULL, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO jobs VALUES ('default', 2, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000002', 'List 2', 'Processed', true, 130, 52, 26, 26, 26, 130, 123456789.123456, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '130/130', 2547661.22, 76.66, 130, true, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:47.042449+00:00'::timestamptz, NULL, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO jobs VALUES ('default', 5, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000005', 'List 5', 'Processed', true, 2, 1, 1, 0, 0, 2, 1.000000, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:04:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '2/2', 2547481.22, 76.66, 2, true, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:47.495318+00:00'::timestamptz, '2026-11-28 19:24:47.495318+00:00'::timestamptz, '2026-11-28 19:24:47.495318+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO jobs VALUES ('default', 3, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000003', 'List 3', 'Processed', true, 120, 48, 24, 24, 24, 120, 48.000000, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '120/120', 2547601.22, 76.66, 120, true, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:47.400817+00:00'::timestamptz, '2026-11-28 19:24:47.624408+00:00'::timestamptz, NULL, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO job_history VALUES ('default', 1, '2026-11-28 19:24:46.896522+00:00'::timestamptz, NULL, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000001', 'Kundenliste Größe 😀', 'Processed', true, 3, 1, 1, 0, 1, 3, 1.123456, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:00:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '3/3', 2547721.22, 76.66, NULL, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO job_history VALUES ('default', 2, '2026-11-28 19:24:46.896522+00:00'::timestamptz, NULL, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000002', 'List 2', 'Processed', true, 130, 52, 26, 26, 26, 130, 123456789.123456, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '130/130', 2547661.22, 76.66, NULL, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO job_history VALUES ('default', 4, '2026-11-28 19:24:46.896522+00:00'::timestamptz, NULL, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000004', 'List 4', 'Processed', true, 7, 7, 2, 1,  -3, 7, 3.000000, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:03:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '7/7', 2547541.22, 76.66, NULL, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO job_history VALUES ('default', 3, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:47.400817+00:00'::timestamptz, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000003', 'List 3', 'Processing', false, 120, 48, 24, 24, 24, 120, 120.000000, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, NULL, '1m 16s', '120/120', 2547601.22, NULL, NULL, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO job_history VALUES ('default', 3, '2026-11-28 19:24:47.400817+00:00'::timestamptz, NULL, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000003', 'List 3', 'Processed', true, 120, 48, 24, 24, 24, 120, 48.000000, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '120/120', 2547601.22, 76.66, NULL, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO job_history VALUES ('default', 5, '2026-11-28 19:24:46.896522+00:00'::timestamptz, '2026-11-28 19:24:47.495318+00:00'::timestamptz, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000005', 'List 5', 'Processed', true, 2, 1, 1, 0, 0, 2, 1.000000, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:04:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '2/2', 2547481.22, 76.66, NULL, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO job_history VALUES ('default', 5, '2026-11-28 19:24:47.495318+00:00'::timestamptz, NULL, 'f8a1c3e5-9b2d-4e6f-a8c1-000000000005', 'List 5', 'Processed', true, 2, 1, 1, 0, 0, 2, 1.000000, '2026-05-06 11:42:08.913000+00:00'::timestamptz, '2026-05-01 00:04:00+00:00'::timestamptz, '2026-05-30 11:42:01.220000+00:00'::timestamptz, '2026-05-30 11:43:17.880000+00:00'::timestamptz, '1m 16s', '2/2', 2547481.22, 76.66, '2026-11-28 19:24:47.495318+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 1, 101, '0007', 'müller@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412345+00:00'::timestamptz, '2026-05-01 00:00:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 1, 103, NULL, 'o''neil@example.net', NULL, 'example.net', 'Error', 'ZeroBounce', false, 'it said "no"; ask others', '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:00:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 5, 5000001, NULL, 'person5000001@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:04:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 5, 5000002, NULL, 'person5000002@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:04:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000001, NULL, 'person2000001@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000002, NULL, 'person2000002@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000003, NULL, 'person2000003@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000004, NULL, 'person2000004@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000005, NULL, 'person2000005@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000006, NULL, 'person2000006@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000007, NULL, 'person2000007@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000008, NULL, 'person2000008@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000009, NULL, 'person2000009@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000010, NULL, 'person2000010@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000011, NULL, 'person2000011@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000012, NULL, 'person2000012@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000013, NULL, 'person2000013@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000014, NULL, 'person2000014@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000015, NULL, 'person2000015@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000016, NULL, 'person2000016@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000017, NULL, 'person2000017@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000018, NULL, 'person2000018@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000019, NULL, 'person2000019@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000020, NULL, 'person2000020@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000021, NULL, 'person2000021@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000022, NULL, 'person2000022@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000023, NULL, 'person2000023@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000024, NULL, 'person2000024@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000025, NULL, 'person2000025@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000026, NULL, 'person2000026@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000027, NULL, 'person2000027@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000028, NULL, 'person2000028@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000029, NULL, 'person2000029@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000030, NULL, 'person2000030@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000031, NULL, 'person2000031@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000032, NULL, 'person2000032@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000033, NULL, 'person2000033@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000034, NULL, 'person2000034@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000035, NULL, 'person2000035@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000036, NULL, 'person2000036@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000037, NULL, 'person2000037@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000038, NULL, 'person2000038@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000039, NULL, 'person2000039@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000040, NULL, 'person2000040@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000041, NULL, 'person2000041@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000042, NULL, 'person2000042@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000043, NULL, 'person2000043@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000044, NULL, 'person2000044@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000045, NULL, 'person2000045@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000046, NULL, 'person2000046@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000047, NULL, 'person2000047@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000048, NULL, 'person2000048@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000049, NULL, 'person2000049@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000050, NULL, 'person2000050@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000051, NULL, 'person2000051@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000052, NULL, 'person2000052@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000053, NULL, 'person2000053@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000054, NULL, 'person2000054@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000055, NULL, 'person2000055@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000056, NULL, 'person2000056@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000057, NULL, 'person2000057@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000058, NULL, 'person2000058@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000059, NULL, 'person2000059@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000060, NULL, 'person2000060@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000061, NULL, 'person2000061@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000062, NULL, 'person2000062@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000063, NULL, 'person2000063@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000064, NULL, 'person2000064@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000065, NULL, 'person2000065@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000066, NULL, 'person2000066@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000067, NULL, 'person2000067@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000068, NULL, 'person2000068@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000069, NULL, 'person2000069@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000070, NULL, 'person2000070@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000071, NULL, 'person2000071@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000072, NULL, 'person2000072@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000073, NULL, 'person2000073@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000074, NULL, 'person2000074@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000075, NULL, 'person2000075@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000076, NULL, 'person2000076@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000077, NULL, 'person2000077@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000078, NULL, 'person2000078@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000079, NULL, 'person2000079@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000080, NULL, 'person2000080@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000081, NULL, 'person2000081@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000082, NULL, 'person2000082@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000083, NULL, 'person2000083@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000084, NULL, 'person2000084@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000085, NULL, 'person2000085@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000086, NULL, 'person2000086@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000087, NULL, 'person2000087@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000088, NULL, 'person2000088@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000089, NULL, 'person2000089@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000090, NULL, 'person2000090@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000091, NULL, 'person2000091@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000092, NULL, 'person2000092@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000093, NULL, 'person2000093@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000094, NULL, 'person2000094@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000095, NULL, 'person2000095@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000096, NULL, 'person2000096@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000097, NULL, 'person2000097@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000098, NULL, 'person2000098@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000099, NULL, 'person2000099@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000100, NULL, 'person2000100@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000101, NULL, 'person2000101@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000102, NULL, 'person2000102@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000103, NULL, 'person2000103@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000104, NULL, 'person2000104@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000105, NULL, 'person2000105@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000106, NULL, 'person2000106@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000107, NULL, 'person2000107@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000108, NULL, 'person2000108@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000109, NULL, 'person2000109@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000110, NULL, 'person2000110@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000111, NULL, 'person2000111@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000112, NULL, 'person2000112@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000113, NULL, 'person2000113@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000114, NULL, 'person2000114@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000115, NULL, 'person2000115@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000116, NULL, 'person2000116@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000117, NULL, 'person2000117@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000118, NULL, 'person2000118@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000119, NULL, 'person2000119@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000120, NULL, 'person2000120@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000121, NULL, 'person2000121@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000122, NULL, 'person2000122@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000123, NULL, 'person2000123@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000124, NULL, 'person2000124@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000125, NULL, 'person2000125@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000126, NULL, 'person2000126@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000127, NULL, 'person2000127@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000128, NULL, 'person2000128@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000129, NULL, 'person2000129@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 2, 2000130, NULL, 'person2000130@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:01:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 1, 102, NULL, NULL, NULL, NULL, 'Invalid', NULL, false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:00:00+00:00'::timestamptz, '01a2239d-fd8f-76fd-8ced-871cc1a32fef');
INSERT INTO records VALUES ('default', 3, 3000001, NULL, 'person3000001@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000002, NULL, 'person3000002@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000003, NULL, 'person3000003@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000004, NULL, 'person3000004@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000005, NULL, 'person3000005@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000006, NULL, 'person3000006@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000007, NULL, 'person3000007@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000008, NULL, 'person3000008@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000009, NULL, 'person3000009@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000010, NULL, 'person3000010@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000011, NULL, 'person3000011@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000012, NULL, 'person3000012@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000013, NULL, 'person3000013@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000014, NULL, 'person3000014@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000015, NULL, 'person3000015@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000016, NULL, 'person3000016@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000017, NULL, 'person3000017@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000018, NULL, 'person3000018@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000019, NULL, 'person3000019@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000020, NULL, 'person3000020@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000021, NULL, 'person3000021@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000022, NULL, 'person3000022@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000023, NULL, 'person3000023@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000024, NULL, 'person3000024@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000025, NULL, 'person3000025@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000026, NULL, 'person3000026@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000027, NULL, 'person3000027@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000028, NULL, 'person3000028@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000029, NULL, 'person3000029@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000030, NULL, 'person3000030@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000031, NULL, 'person3000031@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000032, NULL, 'person3000032@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000033, NULL, 'person3000033@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000034, NULL, 'person3000034@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000035, NULL, 'person3000035@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000036, NULL, 'person3000036@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000037, NULL, 'person3000037@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000038, NULL, 'person3000038@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000039, NULL, 'person3000039@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000040, NULL, 'person3000040@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000041, NULL, 'person3000041@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000042, NULL, 'person3000042@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000043, NULL, 'person3000043@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000044, NULL, 'person3000044@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000045, NULL, 'person3000045@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000046, NULL, 'person3000046@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000047, NULL, 'person3000047@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000048, NULL, 'person3000048@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000049, NULL, 'person3000049@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000050, NULL, 'person3000050@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000051, NULL, 'person3000051@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000052, NULL, 'person3000052@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000053, NULL, 'person3000053@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000054, NULL, 'person3000054@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000055, NULL, 'person3000055@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000056, NULL, 'person3000056@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000057, NULL, 'person3000057@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000058, NULL, 'person3000058@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000059, NULL, 'person3000059@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000060, NULL, 'person3000060@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000061, NULL, 'person3000061@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000062, NULL, 'person3000062@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000063, NULL, 'person3000063@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000064, NULL, 'person3000064@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000065, NULL, 'person3000065@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000066, NULL, 'person3000066@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000067, NULL, 'person3000067@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000068, NULL, 'person3000068@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000069, NULL, 'person3000069@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000070, NULL, 'person3000070@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000071, NULL, 'person3000071@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000072, NULL, 'person3000072@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000073, NULL, 'person3000073@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000074, NULL, 'person3000074@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000075, NULL, 'person3000075@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000076, NULL, 'person3000076@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000077, NULL, 'person3000077@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000078, NULL, 'person3000078@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000079, NULL, 'person3000079@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000080, NULL, 'person3000080@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000081, NULL, 'person3000081@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000082, NULL, 'person3000082@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000083, NULL, 'person3000083@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000084, NULL, 'person3000084@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000085, NULL, 'person3000085@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000086, NULL, 'person3000086@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000087, NULL, 'person3000087@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000088, NULL, 'person3000088@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000089, NULL, 'person3000089@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000090, NULL, 'person3000090@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000091, NULL, 'person3000091@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000092, NULL, 'person3000092@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000093, NULL, 'person3000093@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000094, NULL, 'person3000094@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000095, NULL, 'person3000095@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000096, NULL, 'person3000096@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000097, NULL, 'person3000097@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000098, NULL, 'person3000098@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000099, NULL, 'person3000099@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000100, NULL, 'person3000100@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000101, NULL, 'person3000101@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000102, NULL, 'person3000102@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000103, NULL, 'person3000103@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000104, NULL, 'person3000104@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000105, NULL, 'person3000105@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000106, NULL, 'person3000106@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000107, NULL, 'person3000107@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000108, NULL, 'person3000108@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000109, NULL, 'person3000109@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000110, NULL, 'person3000110@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000111, NULL, 'person3000111@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000112, NULL, 'person3000112@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000113, NULL, 'person3000113@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000114, NULL, 'person3000114@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000115, NULL, 'person3000115@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000116, NULL, 'person3000116@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000117, NULL, 'person3000117@example.com', NULL, 'example.com', 'Invalid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000118, NULL, 'person3000118@example.com', NULL, 'example.com', 'Unknown', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000119, NULL, 'person3000119@example.com', NULL, 'example.com', 'Error', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO records VALUES ('default', 3, 3000120, NULL, 'person3000120@example.com', NULL, 'example.com', 'Valid', 'ZeroBounce', false, NULL, '2026-05-06 11:42:31.412000+00:00'::timestamptz, '2026-05-01 00:02:00+00:00'::timestamptz, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO sync_runs VALUES ('01a2239d-fd8f-76fd-8ced-871cc1a32fef', '2026-11-28 19:24:46.351864+00:00'::timestamptz, '2026-11-28 19:24:47.089109+00:00'::timestamptz, 'partial', 'default', 6, 3, 5, 1, 135, 9, 0, 41116, NULL, NULL, '0.1.0', 'postgresql+psycopg://postgres@/test_1');
INSERT INTO sync_runs VALUES ('01a2239e-00ff-769d-92b4-190f87ca63a1', '2026-11-28 19:24:47.231240+00:00'::timestamptz, '2026-11-28 19:24:47.666184+00:00'::timestamptz, 'partial', 'default', 9, 1, 2, 1, 120, 9, 0, 38578, NULL, NULL, '0.1.0', 'postgresql+psycopg://postgres@/test_1');
INSERT INTO rejects VALUES ('default', 4, 0, 'tallies do not add up: Valid 3 read, 7 counted', 1, NULL, '2026-11-28 19:24:46.351864+00:00'::timestamptz, NULL, '01a2239e-00ff-769d-92b4-190f87ca63a1');
INSERT INTO ecore_meta VALUES ('schema_version', '1');
INSERT INTO ecore_meta VALUES ('privacy_mode', 'keep');
INSERT INTO ecore_meta VALUES ('view:credit_events', '968014418203c1e8275408fa');
INSERT INTO ecore_meta VALUES ('view:daily_credit_usage', 'a44e345976974f7998946bc8');
INSERT INTO ecore_meta VALUES ('view:data_freshness', '5f65b871a50a11133900d61f');
INSERT INTO ecore_meta VALUES ('view:job_turnaround', '02ee62a15606f41e83c3ac3b');
INSERT INTO ecore_meta VALUES ('view:latest_email_status', '7cd6a39c046a6f69a27efc47');
INSERT INTO ecore_meta VALUES ('view:list_quality', 'edf7d82b885713cbb67eac69');
INSERT INTO ecore_meta VALUES ('view:validator_mix', 'e88d5a58aa15761f13a8188f');
INSERT INTO ecore_meta VALUES ('views_tz', 'UTC');
INSERT INTO ecore_meta VALUES ('erasure_key', 'fd2a7e80e341e6e9814de97ec217da88c84d0029f0da4bd0e827c8fb758532b9');
INSERT INTO ecore_suppressions VALUES ('9f12aa0a74b85fd6fedcf8487ddad1ac3c9c167625338dd5311e85780377ba71', '2026-11-28 19:24:47.202705+00:00'::timestamptz);
CREATE VIEW credit_events AS
 WITH priced AS MATERIALIZED (
         SELECT jobs.account,
            jobs.job_id,
            jobs.list_name,
            jobs.total_records,
            COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
            COALESCE(jobs.completed_at, jobs.changed_at) AS refunded_at,
                CASE
                    WHEN (jobs.status = 'Failed'::text) THEN jobs.total_records
                    ELSE (jobs.total_records - jobs.valid_count)
                END AS refunded_records,
            trunc((jobs.total_credits_charged * (1000000)::numeric)) AS net,
                CASE
                    WHEN (NOT jobs.is_final) THEN trunc((jobs.total_credits_charged * (1000000)::numeric))
                    ELSE ( SELECT trunc((states.total_credits_charged * (1000000)::numeric)) AS trunc
                       FROM job_history states
                      WHERE ((states.account = jobs.account) AND (states.job_id = jobs.job_id) AND (NOT states.is_final) AND (states.total_credits_charged > (0)::numeric))
                      ORDER BY states.valid_from DESC
                     LIMIT 1)
                END AS seen,
                CASE
                    WHEN ((jobs.status = 'Processed'::text) AND (jobs.valid_count > 0)) THEN jobs.valid_count
                    ELSE NULL::bigint
                END AS divisor
           FROM jobs jobs
          WHERE (jobs.total_credits_charged IS NOT NULL)
        ), divided AS (
         SELECT priced.account,
            priced.job_id,
            priced.list_name,
            priced.total_records,
            priced.charged_at,
            priced.refunded_at,
            priced.refunded_records,
            priced.net,
            priced.seen,
            priced.divisor,
            div(priced.net, (priced.divisor)::numeric) AS rate,
            (mod(priced.net, (priced.divisor)::numeric) * (priced.total_records)::numeric) AS rest
           FROM priced
        ), shared AS (
         SELECT divided.account,
            divided.job_id,
            divided.list_name,
            divided.total_records,
            divided.charged_at,
            divided.refunded_at,
            divided.refunded_records,
            divided.net,
            divided.seen,
            divided.divisor,
            divided.rate,
            divided.rest,
            ((divided.rate * (divided.total_records)::numeric) + div(divided.rest, (divided.divisor)::numeric)) AS share,
            mod(divided.rest, (divided.divisor)::numeric) AS excess
           FROM divided
        ), rounded AS (
         SELECT shared.account,
            shared.job_id,
            shared.list_name,
            shared.total_records,
            shared.charged_at,
            shared.refunded_at,
            shared.refunded_records,
            shared.net,
            shared.seen,
            shared.divisor,
            shared.rate,
            shared.rest,
            shared.share,
            shared.excess,
            (shared.share + (
                CASE
                    WHEN ((((2)::numeric * abs(shared.excess)) > (shared.divisor)::numeric) OR ((((2)::numeric * abs(shared.excess)) = (shared.divisor)::numeric) AND (mod(shared.share, (2)::numeric) <> (0)::numeric))) THEN
                    CASE
                        WHEN (shared.excess < (0)::numeric) THEN '-1'::integer
                        ELSE 1
                    END
                    ELSE 0
                END)::numeric) AS derived
           FROM shared
        ), estimated AS (
         SELECT rounded.account,
            rounded.job_id,
            rounded.list_name,
            rounded.total_records,
            rounded.charged_at,
            rounded.refunded_at,
            rounded.refunded_records,
            rounded.net,
            rounded.seen,
            rounded.divisor,
            rounded.rate,
            rounded.rest,
            rounded.share,
            rounded.excess,
            rounded.derived,
            COALESCE(rounded.seen, rounded.derived, ((rounded.total_records * 1000000))::numeric, rounded.net) AS estimate,
                CASE
                    WHEN (rounded.seen IS NOT NULL) THEN 'observed'::text
                    WHEN (rounded.derived IS NOT NULL) THEN 'derived'::text
                    ELSE 'assumed'::text
                END AS basis
           FROM rounded
        ), charged AS (
         SELECT estimated.account,
            estimated.job_id,
            estimated.list_name,
            estimated.total_records,
            estimated.charged_at,
            estimated.refunded_at,
            estimated.refunded_records,
            estimated.net,
            estimated.seen,
            estimated.divisor,
            estimated.rate,
            estimated.rest,
            estimated.share,
            estimated.excess,
            estimated.derived,
            estimated.estimate,
            estimated.basis,
                CASE
                    WHEN (estimated.estimate < estimated.net) THEN estimated.net
                    ELSE estimated.estimate
                END AS upfront
           FROM estimated
        ), events AS (
         SELECT charged.account,
            charged.job_id,
            charged.list_name,
            'charge'::text AS event,
            charged.charged_at AS event_at,
            charged.upfront AS micro,
            charged.total_records AS records,
            charged.basis
           FROM charged
          WHERE (charged.upfront <> (0)::numeric)
        UNION ALL
         SELECT charged.account,
            charged.job_id,
            charged.list_name,
            'refund'::text AS event,
            charged.refunded_at AS event_at,
            (charged.net - charged.upfront) AS micro,
            charged.refunded_records AS records,
            charged.basis
           FROM charged
          WHERE (charged.upfront <> charged.net)
        )
 SELECT account,
    job_id,
    list_name,
    event,
    event_at,
    ((micro * 0.000001))::numeric(28,6) AS credits,
    records,
    basis
   FROM events;
CREATE VIEW daily_credit_usage AS
 WITH priced AS MATERIALIZED (
         SELECT jobs.account,
            jobs.job_id,
            jobs.list_name,
            jobs.total_records,
            COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
            COALESCE(jobs.completed_at, jobs.changed_at) AS refunded_at,
                CASE
                    WHEN (jobs.status = 'Failed'::text) THEN jobs.total_records
                    ELSE (jobs.total_records - jobs.valid_count)
                END AS refunded_records,
            trunc((jobs.total_credits_charged * (1000000)::numeric)) AS net,
                CASE
                    WHEN (NOT jobs.is_final) THEN trunc((jobs.total_credits_charged * (1000000)::numeric))
                    ELSE ( SELECT trunc((states.total_credits_charged * (1000000)::numeric)) AS trunc
                       FROM job_history states
                      WHERE ((states.account = jobs.account) AND (states.job_id = jobs.job_id) AND (NOT states.is_final) AND (states.total_credits_charged > (0)::numeric))
                      ORDER BY states.valid_from DESC
                     LIMIT 1)
                END AS seen,
                CASE
                    WHEN ((jobs.status = 'Processed'::text) AND (jobs.valid_count > 0)) THEN jobs.valid_count
                    ELSE NULL::bigint
                END AS divisor
           FROM jobs jobs
          WHERE (jobs.total_credits_charged IS NOT NULL)
        ), divided AS (
         SELECT priced.account,
            priced.job_id,
            priced.list_name,
            priced.total_records,
            priced.charged_at,
            priced.refunded_at,
            priced.refunded_records,
            priced.net,
            priced.seen,
            priced.divisor,
            div(priced.net, (priced.divisor)::numeric) AS rate,
            (mod(priced.net, (priced.divisor)::numeric) * (priced.total_records)::numeric) AS rest
           FROM priced
        ), shared AS (
         SELECT divided.account,
            divided.job_id,
            divided.list_name,
            divided.total_records,
            divided.charged_at,
            divided.refunded_at,
            divided.refunded_records,
            divided.net,
            divided.seen,
            divided.divisor,
            divided.rate,
            divided.rest,
            ((divided.rate * (divided.total_records)::numeric) + div(divided.rest, (divided.divisor)::numeric)) AS share,
            mod(divided.rest, (divided.divisor)::numeric) AS excess
           FROM divided
        ), rounded AS (
         SELECT shared.account,
            shared.job_id,
            shared.list_name,
            shared.total_records,
            shared.charged_at,
            shared.refunded_at,
            shared.refunded_records,
            shared.net,
            shared.seen,
            shared.divisor,
            shared.rate,
            shared.rest,
            shared.share,
            shared.excess,
            (shared.share + (
                CASE
                    WHEN ((((2)::numeric * abs(shared.excess)) > (shared.divisor)::numeric) OR ((((2)::numeric * abs(shared.excess)) = (shared.divisor)::numeric) AND (mod(shared.share, (2)::numeric) <> (0)::numeric))) THEN
                    CASE
                        WHEN (shared.excess < (0)::numeric) THEN '-1'::integer
                        ELSE 1
                    END
                    ELSE 0
                END)::numeric) AS derived
           FROM shared
        ), estimated AS (
         SELECT rounded.account,
            rounded.job_id,
            rounded.list_name,
            rounded.total_records,
            rounded.charged_at,
            rounded.refunded_at,
            rounded.refunded_records,
            rounded.net,
            rounded.seen,
            rounded.divisor,
            rounded.rate,
            rounded.rest,
            rounded.share,
            rounded.excess,
            rounded.derived,
            COALESCE(rounded.seen, rounded.derived, ((rounded.total_records * 1000000))::numeric, rounded.net) AS estimate,
                CASE
                    WHEN (rounded.seen IS NOT NULL) THEN 'observed'::text
                    WHEN (rounded.derived IS NOT NULL) THEN 'derived'::text
                    ELSE 'assumed'::text
                END AS basis
           FROM rounded
        ), charged AS (
         SELECT estimated.account,
            estimated.job_id,
            estimated.list_name,
            estimated.total_records,
            estimated.charged_at,
            estimated.refunded_at,
            estimated.refunded_records,
            estimated.net,
            estimated.seen,
            estimated.divisor,
            estimated.rate,
            estimated.rest,
            estimated.share,
            estimated.excess,
            estimated.derived,
            estimated.estimate,
            estimated.basis,
                CASE
                    WHEN (estimated.estimate < estimated.net) THEN estimated.net
                    ELSE estimated.estimate
                END AS upfront
           FROM estimated
        ), events AS (
         SELECT charged.account,
            charged.job_id,
            charged.list_name,
            'charge'::text AS event,
            charged.charged_at AS event_at,
            charged.upfront AS micro,
            charged.total_records AS records,
            charged.basis
           FROM charged
          WHERE (charged.upfront <> (0)::numeric)
        UNION ALL
         SELECT charged.account,
            charged.job_id,
            charged.list_name,
            'refund'::text AS event,
            charged.refunded_at AS event_at,
            (charged.net - charged.upfront) AS micro,
            charged.refunded_records AS records,
            charged.basis
           FROM charged
          WHERE (charged.upfront <> charged.net)
        ), dated AS (
         SELECT events.account,
            events.job_id,
            events.list_name,
            events.event,
            events.event_at,
            events.micro,
            events.records,
            events.basis,
            (((events.event_at AT TIME ZONE 'UTC'::text) + '00:00:00'::interval))::date AS day
           FROM events
        )
 SELECT account,
    day,
    ((sum(
        CASE event
            WHEN 'charge'::text THEN micro
            ELSE (0)::numeric
        END) * 0.000001))::numeric(28,6) AS credits_charged,
    ((sum(
        CASE event
            WHEN 'refund'::text THEN (- micro)
            ELSE (0)::numeric
        END) * 0.000001))::numeric(28,6) AS credits_refunded,
    ((sum(micro) * 0.000001))::numeric(28,6) AS credits_net,
    (COALESCE(sum(
        CASE event
            WHEN 'charge'::text THEN records
            ELSE NULL::bigint
        END), (0)::numeric))::bigint AS records_charged,
    count(
        CASE event
            WHEN 'charge'::text THEN 1
            ELSE NULL::integer
        END) AS jobs_charged
   FROM dated
  GROUP BY account, day;
CREATE VIEW data_freshness AS
 WITH accounts AS (
         SELECT jobs.account
           FROM jobs
        UNION
         SELECT sync_runs.account
           FROM sync_runs
        ), known AS (
         SELECT jobs.account,
            max(jobs.created_at) AS newest_job_at,
            count(*) AS jobs_known,
            count(
                CASE
                    WHEN ((jobs.deleted_at IS NULL) AND (NOT jobs.is_final)) THEN 1
                    ELSE NULL::integer
                END) AS jobs_in_flight,
            count(
                CASE
                    WHEN ((jobs.deleted_at IS NULL) AND jobs.is_final AND (jobs.records_exported IS NULL)) THEN 1
                    ELSE NULL::integer
                END) AS jobs_waiting,
            count(jobs.records_exported) AS jobs_exported,
            count(
                CASE
                    WHEN ((jobs.records_exported IS NOT NULL) AND (NOT jobs.is_reconciled)) THEN 1
                    ELSE NULL::integer
                END) AS jobs_unreconciled,
            (COALESCE(sum(jobs.records_exported), (0)::numeric))::bigint AS records
           FROM jobs
          GROUP BY jobs.account
        ), completed AS (
         SELECT sync_runs.account,
            max(sync_runs.finished_at) AS last_complete_at
           FROM sync_runs
          WHERE (sync_runs.status = 'complete'::text)
          GROUP BY sync_runs.account
        ), newest AS (
         SELECT sync_runs.account,
            sync_runs.started_at,
            sync_runs.status,
            row_number() OVER (PARTITION BY sync_runs.account ORDER BY sync_runs.started_at DESC, sync_runs.run_id DESC) AS place
           FROM sync_runs
        ), refused AS (
         SELECT rejects.account,
            count(*) AS open_rejects
           FROM rejects
          WHERE (rejects.resolved_at IS NULL)
          GROUP BY rejects.account
        )
 SELECT accounts.account,
    completed.last_complete_at,
    newest.started_at AS last_run_at,
    newest.status AS last_run_status,
    known.newest_job_at,
    COALESCE(known.jobs_known, (0)::bigint) AS jobs_known,
    COALESCE(known.jobs_in_flight, (0)::bigint) AS jobs_in_flight,
    COALESCE(known.jobs_waiting, (0)::bigint) AS jobs_waiting,
    COALESCE(known.jobs_exported, (0)::bigint) AS jobs_exported,
    COALESCE(known.jobs_unreconciled, (0)::bigint) AS jobs_unreconciled,
    COALESCE(known.records, (0)::bigint) AS records,
    COALESCE(refused.open_rejects, (0)::bigint) AS open_rejects
   FROM ((((accounts
     LEFT JOIN known ON ((known.account = accounts.account)))
     LEFT JOIN completed ON ((completed.account = accounts.account)))
     LEFT JOIN newest ON (((newest.account = accounts.account) AND (newest.place = 1))))
     LEFT JOIN refused ON ((refused.account = accounts.account)));
CREATE VIEW job_turnaround AS
 SELECT account,
    job_id,
    list_name,
    status,
    total_records,
    created_at,
    started_at,
    completed_at,
    queue_seconds,
    processing_seconds,
    ((((EXTRACT(epoch FROM (completed_at - created_at)) * (1000000)::numeric))::bigint)::double precision / (1000000)::double precision) AS total_seconds,
    ((total_records)::double precision / NULLIF(processing_seconds, (0)::double precision)) AS records_per_second
   FROM jobs
  WHERE is_final;
CREATE VIEW latest_email_status AS
 WITH verdicts AS (
         SELECT records.account,
            records.email,
            records.email_hash,
            records.email_domain,
            records.status,
            records.validator_used,
            records.is_cached,
            records.processed_at,
            records.job_id,
            records.record_id,
            row_number() OVER (PARTITION BY records.account, COALESCE(records.email, records.email_hash) ORDER BY
                CASE
                    WHEN (records.processed_at IS NULL) THEN 1
                    ELSE 0
                END, records.processed_at DESC, records.job_created_at DESC, records.job_id DESC, records.record_id DESC) AS place
           FROM records
          WHERE ((records.status = ANY (ARRAY['Valid'::text, 'Invalid'::text, 'Unknown'::text])) AND (COALESCE(records.email, records.email_hash) IS NOT NULL))
        )
 SELECT account,
    email,
    email_hash,
    email_domain,
    status,
    validator_used,
    is_cached,
    processed_at,
    job_id,
    record_id
   FROM verdicts
  WHERE (place = 1);
CREATE VIEW list_quality AS
 WITH lists AS (
         SELECT jobs.account,
            jobs.list_name,
            count(*) AS jobs,
            (COALESCE(sum(jobs.total_records), (0)::numeric))::bigint AS total_records,
            (COALESCE(sum(jobs.valid_count), (0)::numeric))::bigint AS valid_count,
            (COALESCE(sum(jobs.invalid_count), (0)::numeric))::bigint AS invalid_count,
            (COALESCE(sum(jobs.unknown_count), (0)::numeric))::bigint AS unknown_count,
            (COALESCE(sum(jobs.other_count), (0)::numeric))::bigint AS other_count,
            COALESCE(sum(trunc((jobs.total_credits_charged * (1000000)::numeric))), (0)::numeric) AS net,
            min(jobs.created_at) AS first_job_at,
            max(jobs.created_at) AS last_job_at
           FROM jobs
          WHERE (jobs.status = 'Processed'::text)
          GROUP BY jobs.account, jobs.list_name
        )
 SELECT account,
    list_name,
    jobs,
    total_records,
    valid_count,
    invalid_count,
    unknown_count,
    other_count,
    ((valid_count)::double precision / (NULLIF(total_records, 0))::double precision) AS valid_rate,
    ((invalid_count)::double precision / (NULLIF(total_records, 0))::double precision) AS invalid_rate,
    ((unknown_count)::double precision / (NULLIF(total_records, 0))::double precision) AS unknown_rate,
    ((net * 0.000001))::numeric(28,6) AS credits_net,
    (((net)::double precision / (NULLIF(valid_count, 0))::double precision) / (1000000)::double precision) AS credits_per_valid,
    first_job_at,
    last_job_at
   FROM lists;
CREATE VIEW validator_mix AS
 WITH validators AS (
         SELECT records.account,
            records.validator_used,
            count(*) AS records,
            count(
                CASE
                    WHEN records.is_cached THEN 1
                    ELSE NULL::integer
                END) AS cached_count,
            count(
                CASE records.status
                    WHEN 'Valid'::text THEN 1
                    ELSE NULL::integer
                END) AS valid_count,
            count(
                CASE records.status
                    WHEN 'Invalid'::text THEN 1
                    ELSE NULL::integer
                END) AS invalid_count,
            count(
                CASE records.status
                    WHEN 'Unknown'::text THEN 1
                    ELSE NULL::integer
                END) AS unknown_count,
            count(
                CASE records.status
                    WHEN 'Error'::text THEN 1
                    ELSE NULL::integer
                END) AS error_count
           FROM records
          GROUP BY records.account, records.validator_used
        )
 SELECT account,
    validator_used,
    records,
    cached_count,
    valid_count,
    invalid_count,
    unknown_count,
    error_count,
    ((cached_count)::double precision / (NULLIF(records, 0))::double precision) AS cache_share,
    ((valid_count)::double precision / (NULLIF(records, 0))::double precision) AS valid_rate
   FROM validators;
