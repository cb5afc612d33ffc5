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

COMMENT ON COLUMN jobs.list_name IS 'Label of the list; `API Upload` where an upload by API names none.';

COMMENT ON COLUMN jobs.status IS 'Uploading, Processing, Processed, Failed, or as given.';

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

COMMENT ON COLUMN jobs.is_reconciled IS 'Whether the exported records agree with the counters; null until exported.';

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

COMMENT ON COLUMN job_history.list_name IS 'Label of the list; `API Upload` where an upload by API names none.';

COMMENT ON COLUMN job_history.status IS 'Uploading, Processing, Processed, Failed, or as given.';

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

COMMENT ON COLUMN sync_runs.finished_at IS 'When it ended; null while it runs, or if it was killed.';

COMMENT ON COLUMN sync_runs.status IS 'running (at work, or killed), complete, partial, stopped or failed.';

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

CREATE TABLE list_groups (
	account TEXT NOT NULL,
	list_name TEXT NOT NULL,
	list_group TEXT NOT NULL,
	PRIMARY KEY (account, list_name)
);

COMMENT ON TABLE list_groups IS 'One row per list name that `ecore-export sync --group` applied its rule to. A list without a row is its own group: any without a rule, and names of over 255 characters or with an address in them.';

COMMENT ON COLUMN list_groups.account IS 'Label of the eCore account, chosen by whoever exports.';

COMMENT ON COLUMN list_groups.list_name IS 'The list''s name, as in jobs.';

COMMENT ON COLUMN list_groups.list_group IS 'The name that all lists of its group have in common.';

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

CREATE VIEW credit_events AS
WITH states AS MATERIALIZED (
  SELECT account, job_id, trunc(total_credits_charged * 1000000) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
), priced AS MATERIALIZED (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    trunc(jobs.total_credits_charged * 1000000) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE trunc(jobs.total_credits_charged * 1000000) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
), divided AS (
  SELECT priced.*, div(net, divisor) AS rate,
    mod(net, divisor) * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + div(rest, divisor) AS share,
    mod(rest, divisor) AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND mod(share, 2) <> 0)
      THEN CASE WHEN excess < 0 THEN -1 ELSE 1 END ELSE 0 END AS derived
  FROM shared
), estimated AS (
  SELECT rounded.*, COALESCE(seen, derived, total_records * 1000000, net) AS estimate,
    CASE WHEN seen IS NOT NULL THEN 'observed' WHEN derived IS NOT NULL THEN 'derived'
      ELSE 'assumed' END AS basis
  FROM rounded
), charged AS (
  SELECT estimated.*, CASE WHEN estimate < net THEN net ELSE estimate END AS upfront
  FROM estimated
), events AS (
  SELECT account, job_id, list_name, 'charge' AS event, charged_at AS event_at, upfront AS micro,
    total_records AS records, basis
  FROM charged
  WHERE upfront <> 0
  UNION ALL
  SELECT account, job_id, list_name, 'refund' AS event, refunded_at AS event_at, net - upfront AS micro,
    refunded_records AS records, basis
  FROM charged
  WHERE upfront <> net
)
SELECT account, job_id, list_name, event, event_at, CAST(micro * 0.000001 AS NUMERIC(28, 6)) AS credits, records,
  basis, list_group
FROM (
  SELECT events.*, COALESCE(list_groups.list_group, events.list_name) AS list_group
  FROM events
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = events.account AND list_groups.list_name = events.list_name
) AS grouped;

CREATE VIEW daily_credit_usage AS
WITH states AS MATERIALIZED (
  SELECT account, job_id, trunc(total_credits_charged * 1000000) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
), priced AS MATERIALIZED (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    trunc(jobs.total_credits_charged * 1000000) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE trunc(jobs.total_credits_charged * 1000000) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
), divided AS (
  SELECT priced.*, div(net, divisor) AS rate,
    mod(net, divisor) * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + div(rest, divisor) AS share,
    mod(rest, divisor) AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND mod(share, 2) <> 0)
      THEN CASE WHEN excess < 0 THEN -1 ELSE 1 END ELSE 0 END AS derived
  FROM shared
), estimated AS (
  SELECT rounded.*, COALESCE(seen, derived, total_records * 1000000, net) AS estimate,
    CASE WHEN seen IS NOT NULL THEN 'observed' WHEN derived IS NOT NULL THEN 'derived'
      ELSE 'assumed' END AS basis
  FROM rounded
), charged AS (
  SELECT estimated.*, CASE WHEN estimate < net THEN net ELSE estimate END AS upfront
  FROM estimated
), events AS (
  SELECT account, job_id, list_name, 'charge' AS event, charged_at AS event_at, upfront AS micro,
    total_records AS records, basis
  FROM charged
  WHERE upfront <> 0
  UNION ALL
  SELECT account, job_id, list_name, 'refund' AS event, refunded_at AS event_at, net - upfront AS micro,
    refunded_records AS records, basis
  FROM charged
  WHERE upfront <> net
), dated AS (
  SELECT events.*, CAST(event_at AT TIME ZONE 'UTC' + INTERVAL '+0 seconds' AS DATE) AS day
  FROM events
)
SELECT account, day,
  CAST(SUM(CASE event WHEN 'charge' THEN micro ELSE 0 END) * 0.000001 AS NUMERIC(28, 6)) AS credits_charged,
  CAST(SUM(CASE event WHEN 'refund' THEN -micro ELSE 0 END) * 0.000001 AS NUMERIC(28, 6)) AS credits_refunded,
  CAST(SUM(micro) * 0.000001 AS NUMERIC(28, 6)) AS credits_net,
  COALESCE(CAST(SUM(CASE event WHEN 'charge' THEN records END) AS BIGINT), 0) AS records_charged,
  COUNT(CASE event WHEN 'charge' THEN 1 END) AS jobs_charged
FROM dated
GROUP BY account, day;

CREATE VIEW monthly_statement AS
WITH states AS MATERIALIZED (
  SELECT account, job_id, trunc(total_credits_charged * 1000000) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
), priced AS MATERIALIZED (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    trunc(jobs.total_credits_charged * 1000000) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE trunc(jobs.total_credits_charged * 1000000) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
), divided AS (
  SELECT priced.*, div(net, divisor) AS rate,
    mod(net, divisor) * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + div(rest, divisor) AS share,
    mod(rest, divisor) AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND mod(share, 2) <> 0)
      THEN CASE WHEN excess < 0 THEN -1 ELSE 1 END ELSE 0 END AS derived
  FROM shared
), estimated AS (
  SELECT rounded.*, COALESCE(seen, derived, total_records * 1000000, net) AS estimate,
    CASE WHEN seen IS NOT NULL THEN 'observed' WHEN derived IS NOT NULL THEN 'derived'
      ELSE 'assumed' END AS basis
  FROM rounded
), charged AS (
  SELECT estimated.*, CASE WHEN estimate < net THEN net ELSE estimate END AS upfront
  FROM estimated
), events AS (
  SELECT account, job_id, list_name, 'charge' AS event, charged_at AS event_at, upfront AS micro,
    total_records AS records, basis
  FROM charged
  WHERE upfront <> 0
  UNION ALL
  SELECT account, job_id, list_name, 'refund' AS event, refunded_at AS event_at, net - upfront AS micro,
    refunded_records AS records, basis
  FROM charged
  WHERE upfront <> net
), dated AS (
  SELECT events.*, CAST(event_at AT TIME ZONE 'UTC' + INTERVAL '+0 seconds' AS DATE) AS day
  FROM events
), monthly AS (
  SELECT grouped.*, CAST(date_trunc('month', CAST(day AS TIMESTAMP)) AS DATE) AS month
  FROM (
  SELECT dated.*, COALESCE(list_groups.list_group, dated.list_name) AS list_group
  FROM dated
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = dated.account AND list_groups.list_name = dated.list_name
) AS grouped
)
SELECT account, month, list_name, list_group,
  CAST(SUM(CASE event WHEN 'charge' THEN micro ELSE 0 END) * 0.000001 AS NUMERIC(28, 6)) AS credits_charged,
  CAST(SUM(CASE event WHEN 'refund' THEN -micro ELSE 0 END) * 0.000001 AS NUMERIC(28, 6)) AS credits_refunded,
  CAST(SUM(micro) * 0.000001 AS NUMERIC(28, 6)) AS credits_net,
  COALESCE(CAST(SUM(CASE event WHEN 'charge' THEN records END) AS BIGINT), 0) AS records_charged,
  COALESCE(CAST(SUM(CASE event WHEN 'refund' THEN records END) AS BIGINT), 0) AS records_refunded,
  COUNT(CASE event WHEN 'charge' THEN 1 END) AS jobs_charged,
  COUNT(CASE event WHEN 'refund' THEN 1 END) AS jobs_refunded
FROM monthly
GROUP BY account, month, list_name, list_group;

CREATE VIEW account_summary AS
WITH states AS MATERIALIZED (
  SELECT account, job_id, trunc(total_credits_charged * 1000000) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
), priced AS MATERIALIZED (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    trunc(jobs.total_credits_charged * 1000000) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE trunc(jobs.total_credits_charged * 1000000) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
), divided AS (
  SELECT priced.*, div(net, divisor) AS rate,
    mod(net, divisor) * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + div(rest, divisor) AS share,
    mod(rest, divisor) AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND mod(share, 2) <> 0)
      THEN CASE WHEN excess < 0 THEN -1 ELSE 1 END ELSE 0 END AS derived
  FROM shared
), estimated AS (
  SELECT rounded.*, COALESCE(seen, derived, total_records * 1000000, net) AS estimate,
    CASE WHEN seen IS NOT NULL THEN 'observed' WHEN derived IS NOT NULL THEN 'derived'
      ELSE 'assumed' END AS basis
  FROM rounded
), charged AS (
  SELECT estimated.*, CASE WHEN estimate < net THEN net ELSE estimate END AS upfront
  FROM estimated
), costs AS (
  SELECT account, SUM(upfront) AS upfront, SUM(net) AS net
  FROM charged
  GROUP BY account
), counted AS (
  SELECT account, COUNT(*) AS jobs, COUNT(CASE status WHEN 'Processed' THEN 1 END) AS jobs_processed,
    COUNT(CASE status WHEN 'Failed' THEN 1 END) AS jobs_failed, COUNT(DISTINCT list_name) AS lists,
    COALESCE(CAST(SUM(CASE status WHEN 'Processed' THEN total_records END) AS BIGINT), 0) AS total_records,
    COALESCE(CAST(SUM(CASE status WHEN 'Processed' THEN valid_count END) AS BIGINT), 0) AS valid_count,
    COALESCE(CAST(SUM(CASE status WHEN 'Processed' THEN invalid_count END) AS BIGINT), 0) AS invalid_count,
    COALESCE(CAST(SUM(CASE status WHEN 'Processed' THEN unknown_count END) AS BIGINT), 0) AS unknown_count,
    MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM jobs
  GROUP BY account
), accounts AS (
  SELECT counted.*, COALESCE(costs.upfront, 0) AS upfront, COALESCE(costs.net, 0) AS net
  FROM counted
  LEFT JOIN costs ON costs.account = counted.account
)
SELECT account, jobs, jobs_processed, jobs_failed, lists, total_records, valid_count, invalid_count, unknown_count,
  CAST(valid_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS unknown_rate,
  CAST(upfront * 0.000001 AS NUMERIC(28, 6)) AS credits_charged, CAST((upfront - net) * 0.000001 AS NUMERIC(28, 6)) AS credits_refunded,
  CAST(net * 0.000001 AS NUMERIC(28, 6)) AS credits_net, CAST(net AS DOUBLE PRECISION) / NULLIF(valid_count, 0) / 1000000 AS credits_per_valid,
  first_job_at, last_job_at
FROM accounts;

CREATE VIEW list_quality AS
WITH lists AS (
  SELECT account, list_name, COUNT(*) AS jobs,
    COALESCE(CAST(SUM(total_records) AS BIGINT), 0) AS total_records,
    COALESCE(CAST(SUM(valid_count) AS BIGINT), 0) AS valid_count,
    COALESCE(CAST(SUM(invalid_count) AS BIGINT), 0) AS invalid_count,
    COALESCE(CAST(SUM(unknown_count) AS BIGINT), 0) AS unknown_count,
    COALESCE(CAST(SUM(other_count) AS BIGINT), 0) AS other_count,
    COALESCE(SUM(trunc(total_credits_charged * 1000000)), 0) AS net, MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM jobs
  WHERE status = 'Processed'
  GROUP BY account, list_name
)
SELECT account, list_name, jobs, total_records, valid_count, invalid_count, unknown_count, other_count,
  CAST(valid_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS valid_rate,
  CAST(invalid_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS invalid_rate,
  CAST(unknown_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS unknown_rate,
  CAST(net * 0.000001 AS NUMERIC(28, 6)) AS credits_net,
  CAST(net AS DOUBLE PRECISION) / NULLIF(valid_count, 0) / 1000000 AS credits_per_valid,
  first_job_at, last_job_at, list_group
FROM (
  SELECT lists.*, COALESCE(list_groups.list_group, lists.list_name) AS list_group
  FROM lists
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = lists.account AND list_groups.list_name = lists.list_name
) AS grouped;

CREATE VIEW daily_list_quality AS
WITH lists AS (
  SELECT account, day, list_name, COUNT(*) AS jobs,
    COALESCE(CAST(SUM(total_records) AS BIGINT), 0) AS total_records,
    COALESCE(CAST(SUM(valid_count) AS BIGINT), 0) AS valid_count,
    COALESCE(CAST(SUM(invalid_count) AS BIGINT), 0) AS invalid_count,
    COALESCE(CAST(SUM(unknown_count) AS BIGINT), 0) AS unknown_count,
    COALESCE(CAST(SUM(other_count) AS BIGINT), 0) AS other_count,
    COALESCE(SUM(trunc(total_credits_charged * 1000000)), 0) AS net, MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM (SELECT jobs.*, CAST(created_at AT TIME ZONE 'UTC' + INTERVAL '+0 seconds' AS DATE) AS day FROM jobs AS jobs) AS dated
  WHERE status = 'Processed'
  GROUP BY account, day, list_name
)
SELECT account, day, list_name, jobs, total_records, valid_count, invalid_count, unknown_count, other_count,
  CAST(valid_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS valid_rate,
  CAST(invalid_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS invalid_rate,
  CAST(unknown_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS unknown_rate,
  CAST(net * 0.000001 AS NUMERIC(28, 6)) AS credits_net,
  CAST(net AS DOUBLE PRECISION) / NULLIF(valid_count, 0) / 1000000 AS credits_per_valid,
  first_job_at, last_job_at, list_group
FROM (
  SELECT lists.*, COALESCE(list_groups.list_group, lists.list_name) AS list_group
  FROM lists
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = lists.account AND list_groups.list_name = lists.list_name
) AS grouped;

CREATE VIEW list_decay AS
WITH lists AS (
  SELECT account, list_group, month, COUNT(*) AS jobs,
    COALESCE(CAST(SUM(total_records) AS BIGINT), 0) AS total_records, COALESCE(CAST(SUM(valid_count) AS BIGINT), 0) AS valid_count, COALESCE(CAST(SUM(invalid_count) AS BIGINT), 0) AS invalid_count, COALESCE(CAST(SUM(unknown_count) AS BIGINT), 0) AS unknown_count
  FROM (
  SELECT monthly.*, COALESCE(list_groups.list_group, monthly.list_name) AS list_group
  FROM (SELECT dated.*, CAST(date_trunc('month', CAST(day AS TIMESTAMP)) AS DATE) AS month FROM (SELECT jobs.*, CAST(created_at AT TIME ZONE 'UTC' + INTERVAL '+0 seconds' AS DATE) AS day FROM jobs AS jobs) AS dated) AS monthly
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = monthly.account AND list_groups.list_name = monthly.list_name
) AS grouped
  WHERE status = 'Processed'
  GROUP BY account, list_group, month
), rated AS (
  SELECT lists.*, CAST(valid_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE PRECISION) / NULLIF(total_records, 0) AS unknown_rate,
    ROW_NUMBER() OVER (PARTITION BY account, list_group ORDER BY month) AS month_number,
    COUNT(*) OVER (PARTITION BY account, list_group) AS months
  FROM lists
), compared AS (
  SELECT rated.*, valid_rate - LAG(valid_rate) OVER (PARTITION BY account, list_group ORDER BY month) AS valid_rate_change,
    valid_rate - FIRST_VALUE(valid_rate) OVER (PARTITION BY account, list_group ORDER BY month) AS valid_rate_change_total
  FROM rated
)
SELECT account, list_group, month, month_number, jobs, total_records, valid_count, invalid_count, unknown_count,
  valid_rate, invalid_rate, unknown_rate, valid_rate_change, valid_rate_change_total
FROM compared
WHERE months > 1;

CREATE VIEW stale_lists AS
WITH completed AS (
  SELECT account, MAX(started_at) AS run_at
  FROM sync_runs WHERE status = 'complete' GROUP BY account
), newest AS (
  SELECT account, MAX(created_at) AS job_at FROM jobs GROUP BY account
), lists AS (
  SELECT account, list_group, COUNT(*) AS jobs,
    MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM (
  SELECT jobs.*, COALESCE(list_groups.list_group, jobs.list_name) AS list_group
  FROM jobs AS jobs
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = jobs.account AND list_groups.list_name = jobs.list_name
) AS grouped
  GROUP BY account, list_group
), known AS (
  SELECT lists.account AS account, lists.list_group AS list_group, lists.jobs AS jobs,
    lists.first_job_at AS first_job_at, lists.last_job_at AS last_job_at,
    CASE WHEN completed.run_at > newest.job_at THEN completed.run_at ELSE newest.job_at END AS known_until
  FROM lists
  JOIN newest ON newest.account = lists.account
  LEFT JOIN completed ON completed.account = lists.account
)
SELECT account, list_group, jobs, first_job_at, last_job_at, known_until,
  CAST(CAST(EXTRACT(EPOCH FROM (known_until - last_job_at)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 86400000000 AS days_since,
  CAST(CAST(EXTRACT(EPOCH FROM (last_job_at - first_job_at)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 86400000000 / NULLIF(jobs - 1, 0) AS mean_interval_days
FROM known;

CREATE VIEW validator_mix AS
WITH validators AS (
  SELECT account, validator_used, COUNT(*) AS records, COUNT(CASE WHEN is_cached THEN 1 END) AS cached_count,
    COUNT(CASE status WHEN 'Valid' THEN 1 END) AS valid_count,
    COUNT(CASE status WHEN 'Invalid' THEN 1 END) AS invalid_count,
    COUNT(CASE status WHEN 'Unknown' THEN 1 END) AS unknown_count,
    COUNT(CASE status WHEN 'Error' THEN 1 END) AS error_count
  FROM records
  GROUP BY account, validator_used
)
SELECT account, validator_used, records, cached_count, valid_count, invalid_count, unknown_count, error_count,
  CAST(cached_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS cache_share,
  CAST(valid_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS valid_rate
FROM validators;

CREATE VIEW daily_validator_mix AS
WITH validators AS (
  SELECT account, day, validator_used, COUNT(*) AS records, COUNT(CASE WHEN is_cached THEN 1 END) AS cached_count,
    COUNT(CASE status WHEN 'Valid' THEN 1 END) AS valid_count,
    COUNT(CASE status WHEN 'Invalid' THEN 1 END) AS invalid_count,
    COUNT(CASE status WHEN 'Unknown' THEN 1 END) AS unknown_count,
    COUNT(CASE status WHEN 'Error' THEN 1 END) AS error_count
  FROM (SELECT records.*, CAST(job_created_at AT TIME ZONE 'UTC' + INTERVAL '+0 seconds' AS DATE) AS day FROM records AS records) AS dated
  GROUP BY account, day, validator_used
)
SELECT account, day, validator_used, records, cached_count, valid_count, invalid_count, unknown_count, error_count,
  CAST(cached_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS cache_share,
  CAST(valid_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS valid_rate
FROM validators;

CREATE VIEW job_turnaround AS
SELECT account, job_id, list_name, status, total_records, created_at, started_at, completed_at,
  queue_seconds, processing_seconds,
  CAST(CAST(EXTRACT(EPOCH FROM (completed_at - created_at)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 1000000 AS total_seconds,
  CAST(total_records AS DOUBLE PRECISION) / NULLIF(processing_seconds, 0) AS records_per_second,
  list_group
FROM (
  SELECT jobs.*, COALESCE(list_groups.list_group, jobs.list_name) AS list_group
  FROM jobs AS jobs
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = jobs.account AND list_groups.list_name = jobs.list_name
) AS grouped
WHERE is_final;

CREATE VIEW latest_email_status AS
WITH verdicts AS (
  SELECT account, email, email_hash, email_domain, status, validator_used, is_cached, processed_at, job_id, record_id,
    ROW_NUMBER() OVER (
      PARTITION BY COALESCE(email, email_hash) COLLATE "C", account
      ORDER BY CASE WHEN processed_at IS NULL THEN 1 ELSE 0 END, processed_at DESC, job_created_at DESC,
        job_id DESC, record_id DESC
    ) AS place
  FROM records
  WHERE status IN ('Valid', 'Invalid', 'Unknown') AND COALESCE(email, email_hash) IS NOT NULL
)
SELECT account, email, email_hash, email_domain, status, validator_used, is_cached, processed_at, job_id, record_id
FROM verdicts
WHERE place = 1;

CREATE VIEW repeat_validations AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(div(trunc(total_credits_charged * 1000000), NULLIF(valid_count, 0)), 0)) AS rate
  FROM jobs
  GROUP BY account, job_id
), earlier AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(div(trunc(total_credits_charged * 1000000), NULLIF(valid_count, 0)), 0)) AS rate
  FROM jobs
  GROUP BY account, job_id
), lists AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(list_group) AS list_group, MAX(rate) AS rate
  FROM (
  SELECT rates.*, COALESCE(list_groups.list_group, rates.list_name) AS list_group
  FROM rates
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = rates.account AND list_groups.list_name = rates.list_name
) AS grouped
  GROUP BY account, job_id
), verdicts AS (
  SELECT records.account, records.job_id, records.record_id, records.job_created_at, records.status,
    COALESCE(records.email, records.email_hash) COLLATE "C" AS address, records.email, records.email_hash, records.email_domain, records.is_cached
  FROM records AS records
  WHERE records.status IN ('Valid', 'Invalid', 'Unknown') AND COALESCE(records.email, records.email_hash) IS NOT NULL
), placed AS (
  SELECT verdicts.*,
    LAG(job_id) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_job_id,
    LAG(record_id) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_record_id,
    LAG(status) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_status,
    LAG(job_created_at) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_created_at
  FROM verdicts
)
SELECT placed.account, placed.job_id, record_id, lists.list_name, lists.list_group, email, email_hash,
  email_domain, status, is_cached, CAST((CASE status WHEN 'Valid' THEN lists.rate ELSE 0 END) * 0.000001 AS NUMERIC(28, 6)) AS credits, job_created_at,
  previous_job_id, previous_record_id, previous_status,
  CAST((CASE previous_status WHEN 'Valid' THEN earlier.rate ELSE 0 END) * 0.000001 AS NUMERIC(28, 6)) AS previous_credits, previous_created_at,
  CAST(CAST(EXTRACT(EPOCH FROM (job_created_at - previous_created_at)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 86400000000 AS days_since,
  status <> previous_status AS is_changed
FROM placed
LEFT JOIN lists ON lists.account = placed.account AND lists.job_id = placed.job_id
LEFT JOIN earlier ON earlier.account = placed.account AND earlier.job_id = placed.previous_job_id
WHERE previous_created_at IS NOT NULL;

CREATE VIEW repeat_costs AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(div(trunc(total_credits_charged * 1000000), NULLIF(valid_count, 0)), 0)) AS rate
  FROM jobs
  GROUP BY account, job_id
), verdicts AS (
  SELECT records.account, records.job_id, records.record_id, records.job_created_at, records.status,
    COALESCE(records.email, records.email_hash) COLLATE "C" AS address
  FROM records AS records
  WHERE records.status IN ('Valid', 'Invalid', 'Unknown') AND COALESCE(records.email, records.email_hash) IS NOT NULL
), placed AS (
  SELECT verdicts.*,
    LAG(status) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_status,
    LAG(job_created_at) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_created_at
  FROM verdicts
), aged AS (
  SELECT placed.*, CAST(CAST(EXTRACT(EPOCH FROM (job_created_at - previous_created_at)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 86400000000 AS days_since
  FROM placed
), counted AS (
  SELECT account, job_id, job_created_at, COUNT(*) AS records,
    COUNT(CASE status WHEN 'Valid' THEN 1 END) AS valid_count,
    COUNT(CASE WHEN days_since IS NOT NULL THEN 1 END) AS repeats,
    COUNT(CASE WHEN status = 'Valid' AND days_since IS NOT NULL THEN 1 END) AS valid_repeats,
    COUNT(CASE WHEN days_since <= 30 THEN 1 END) AS repeats_30d,
    COUNT(CASE WHEN status = 'Valid' AND days_since <= 30 THEN 1 END) AS valid_repeats_30d,
    COUNT(CASE WHEN days_since <= 90 THEN 1 END) AS repeats_90d,
    COUNT(CASE WHEN status = 'Valid' AND days_since <= 90 THEN 1 END) AS valid_repeats_90d,
    COUNT(CASE WHEN status <> previous_status THEN 1 END) AS changed
  FROM aged
  GROUP BY account, job_id, job_created_at
), dated AS (
  SELECT counted.*, rates.list_name, COALESCE(rates.rate, 0) AS rate,
    CAST(job_created_at AT TIME ZONE 'UTC' + INTERVAL '+0 seconds' AS DATE) AS day
  FROM counted
  LEFT JOIN rates ON rates.account = counted.account AND rates.job_id = counted.job_id
), monthly AS (
  SELECT dated.*, CAST(date_trunc('month', CAST(day AS TIMESTAMP)) AS DATE) AS month
  FROM dated
), lists AS (
  SELECT account, month, list_name,
    COALESCE(CAST(SUM(records) AS BIGINT), 0) AS records,
    COALESCE(CAST(SUM(repeats) AS BIGINT), 0) AS repeats,
    COALESCE(CAST(SUM(repeats_30d) AS BIGINT), 0) AS repeats_30d,
    COALESCE(CAST(SUM(repeats_90d) AS BIGINT), 0) AS repeats_90d,
    COALESCE(CAST(SUM(changed) AS BIGINT), 0) AS changed,
    CAST(SUM(rate * valid_count) * 0.000001 AS NUMERIC(28, 6)) AS credits_net,
    CAST(SUM(rate * valid_repeats) * 0.000001 AS NUMERIC(28, 6)) AS repeat_credits,
    CAST(SUM(rate * valid_repeats_30d) * 0.000001 AS NUMERIC(28, 6)) AS repeat_credits_30d,
    CAST(SUM(rate * valid_repeats_90d) * 0.000001 AS NUMERIC(28, 6)) AS repeat_credits_90d
  FROM monthly
  GROUP BY account, month, list_name
)
SELECT account, month, list_name, list_group, records, repeats, repeats_30d, repeats_90d, changed, credits_net, repeat_credits, repeat_credits_30d, repeat_credits_90d, CAST(repeats AS DOUBLE PRECISION) / NULLIF(records, 0) AS repeat_rate
FROM (
  SELECT lists.*, COALESCE(list_groups.list_group, lists.list_name) AS list_group
  FROM lists
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = lists.account AND list_groups.list_name = lists.list_name
) AS grouped;

CREATE VIEW verdict_changes AS
WITH verdicts AS (
  SELECT records.account, records.job_id, records.record_id, records.job_created_at, records.status,
    COALESCE(records.email, records.email_hash) COLLATE "C" AS address
  FROM records AS records
  WHERE records.status IN ('Valid', 'Invalid', 'Unknown') AND COALESCE(records.email, records.email_hash) IS NOT NULL
), placed AS (
  SELECT verdicts.*,
    LAG(status) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_status,
    LAG(job_created_at) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_created_at
  FROM verdicts
), repeats AS (
  SELECT account, status, previous_status,
    CAST(CAST(EXTRACT(EPOCH FROM (job_created_at - previous_created_at)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 86400000000 AS days_since
  FROM placed
  WHERE previous_created_at IS NOT NULL
), aged AS (
  SELECT account, status, previous_status, CAST(CASE WHEN days_since < 7 THEN 0 WHEN days_since < 30 THEN 7 WHEN days_since < 60 THEN 30 WHEN days_since < 90 THEN 60 WHEN days_since < 180 THEN 90 WHEN days_since < 365 THEN 180 ELSE 365 END AS BIGINT) AS age_from_days
  FROM repeats
), counted AS (
  SELECT account, previous_status, age_from_days, status, COUNT(*) AS repeats
  FROM aged
  GROUP BY account, previous_status, age_from_days, status
)
SELECT account, previous_status, age_from_days, CAST(CASE age_from_days WHEN 0 THEN 7 WHEN 7 THEN 30 WHEN 30 THEN 60 WHEN 60 THEN 90 WHEN 90 THEN 180 WHEN 180 THEN 365 END AS BIGINT) AS age_to_days, status, repeats,
  CAST(repeats AS DOUBLE PRECISION) / NULLIF(SUM(repeats) OVER (PARTITION BY account, previous_status, age_from_days), 0) AS share, status <> previous_status AS is_changed
FROM counted;

CREATE VIEW domain_quality AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(div(trunc(total_credits_charged * 1000000), NULLIF(valid_count, 0)), 0)) AS rate
  FROM jobs
  GROUP BY account, job_id
), firsts AS (
  SELECT records.account, records.email_domain, MIN(records.job_created_at) AS first_at
  FROM records AS records
  WHERE records.status IN ('Valid', 'Invalid', 'Unknown') AND COALESCE(records.email, records.email_hash) IS NOT NULL
  GROUP BY records.account, records.email_domain, COALESCE(records.email, records.email_hash)
), found AS (
  SELECT records.account, records.email_domain, records.status, records.job_created_at,
    CASE WHEN COALESCE(records.email, records.email_hash) IS NOT NULL THEN 1 END AS is_known, NULL AS is_first,
    CASE records.status WHEN 'Valid' THEN rates.rate ELSE 0 END AS micro
  FROM records AS records
  LEFT JOIN rates ON rates.account = records.account AND rates.job_id = records.job_id
  UNION ALL
  SELECT account, email_domain, NULL, NULL, NULL, 1, NULL
  FROM firsts
), domains AS (
  SELECT account, email_domain, COUNT(status) AS records,
    COUNT(CASE status WHEN 'Valid' THEN 1 END) AS valid_count,
    COUNT(CASE status WHEN 'Invalid' THEN 1 END) AS invalid_count,
    COUNT(CASE status WHEN 'Unknown' THEN 1 END) AS unknown_count,
    COUNT(CASE status WHEN 'Error' THEN 1 END) AS error_count,
    COUNT(is_known) AS known, CAST(COUNT(CASE WHEN status IN ('Valid', 'Invalid', 'Unknown') THEN is_known END) AS BIGINT) - CAST(COUNT(is_first) AS BIGINT) AS again,
    SUM(micro) AS micro, MIN(job_created_at) AS first_job_at, MAX(job_created_at) AS last_job_at
  FROM found
  GROUP BY email_domain, account
)
SELECT account, email_domain, records, valid_count, invalid_count, unknown_count, error_count,
  CAST(valid_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS unknown_rate,
  CASE WHEN known > 0 THEN again END AS repeats,
  CASE WHEN known > 0 THEN CAST(again AS DOUBLE PRECISION) / NULLIF(records, 0) END AS repeat_rate,
  CAST(micro * 0.000001 AS NUMERIC(28, 6)) AS credits_net, first_job_at, last_job_at
FROM domains;

CREATE VIEW daily_domain_quality AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(div(trunc(total_credits_charged * 1000000), NULLIF(valid_count, 0)), 0)) AS rate
  FROM jobs
  GROUP BY account, job_id
), firsts AS (
  SELECT records.account, records.email_domain, MIN(records.job_created_at) AS first_at
  FROM records AS records
  WHERE records.status IN ('Valid', 'Invalid', 'Unknown') AND COALESCE(records.email, records.email_hash) IS NOT NULL
  GROUP BY records.account, records.email_domain, COALESCE(records.email, records.email_hash)
), found AS (
  SELECT records.account, records.email_domain, records.status, records.job_created_at,
    CASE WHEN COALESCE(records.email, records.email_hash) IS NOT NULL THEN 1 END AS is_known, NULL AS is_first,
    CASE records.status WHEN 'Valid' THEN rates.rate ELSE 0 END AS micro, CAST(records.job_created_at AT TIME ZONE 'UTC' + INTERVAL '+0 seconds' AS DATE) AS day
  FROM records AS records
  LEFT JOIN rates ON rates.account = records.account AND rates.job_id = records.job_id
  UNION ALL
  SELECT account, email_domain, NULL, NULL, NULL, 1, NULL, CAST(first_at AT TIME ZONE 'UTC' + INTERVAL '+0 seconds' AS DATE) AS day
  FROM firsts
), domains AS (
  SELECT account, day, email_domain, COUNT(status) AS records,
    COUNT(CASE status WHEN 'Valid' THEN 1 END) AS valid_count,
    COUNT(CASE status WHEN 'Invalid' THEN 1 END) AS invalid_count,
    COUNT(CASE status WHEN 'Unknown' THEN 1 END) AS unknown_count,
    COUNT(CASE status WHEN 'Error' THEN 1 END) AS error_count,
    COUNT(is_known) AS known, CAST(COUNT(CASE WHEN status IN ('Valid', 'Invalid', 'Unknown') THEN is_known END) AS BIGINT) - CAST(COUNT(is_first) AS BIGINT) AS again,
    SUM(micro) AS micro, MIN(job_created_at) AS first_job_at, MAX(job_created_at) AS last_job_at
  FROM found
  GROUP BY day, email_domain, account
)
SELECT account, day, email_domain, records, valid_count, invalid_count, unknown_count, error_count,
  CAST(valid_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE PRECISION) / NULLIF(records, 0) AS unknown_rate,
  CASE WHEN known > 0 THEN again END AS repeats,
  CASE WHEN known > 0 THEN CAST(again AS DOUBLE PRECISION) / NULLIF(records, 0) END AS repeat_rate,
  CAST(micro * 0.000001 AS NUMERIC(28, 6)) AS credits_net, first_job_at, last_job_at
FROM domains;

CREATE VIEW error_reasons AS
WITH reasons AS (
  SELECT dated.*, CAST(date_trunc('month', CAST(day AS TIMESTAMP)) AS DATE) AS month
  FROM (SELECT records.*, CAST(job_created_at AT TIME ZONE 'UTC' + INTERVAL '+0 seconds' AS DATE) AS day FROM records AS records) AS dated
  WHERE (status = 'Error' OR error_message IS NOT NULL)
)
SELECT account, month, validator_used, error_message, COUNT(*) AS records, COUNT(DISTINCT job_id) AS jobs,
  MIN(job_created_at) AS first_job_at, MAX(job_created_at) AS last_job_at
FROM reasons
GROUP BY account, month, validator_used, error_message;

CREATE VIEW data_freshness AS
WITH accounts AS (
  SELECT account FROM jobs UNION SELECT account FROM sync_runs
), known AS (
  SELECT account, MAX(created_at) AS newest_job_at, COUNT(*) AS jobs_known,
    COUNT(CASE WHEN deleted_at IS NULL AND NOT is_final THEN 1 END) AS jobs_in_flight,
    COUNT(CASE WHEN deleted_at IS NULL AND is_final AND records_exported IS NULL THEN 1 END) AS jobs_waiting,
    COUNT(records_exported) AS jobs_exported,
    COUNT(CASE WHEN records_exported IS NOT NULL AND NOT is_reconciled THEN 1 END) AS jobs_unreconciled,
    COALESCE(CAST(SUM(records_exported) AS BIGINT), 0) AS records
  FROM jobs
  GROUP BY account
), completed AS (
  SELECT account, MAX(finished_at) AS last_complete_at FROM sync_runs WHERE status = 'complete' GROUP BY account
), newest AS (
  SELECT account, started_at, status,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY started_at DESC, run_id DESC) AS place
  FROM sync_runs
), refused AS (
  SELECT account, COUNT(*) AS open_rejects
  FROM rejects WHERE resolved_at IS NULL GROUP BY account
)
SELECT accounts.account, completed.last_complete_at, newest.started_at AS last_run_at,
  newest.status AS last_run_status, known.newest_job_at, COALESCE(known.jobs_known, 0) AS jobs_known,
  COALESCE(known.jobs_in_flight, 0) AS jobs_in_flight, COALESCE(known.jobs_waiting, 0) AS jobs_waiting,
  COALESCE(known.jobs_exported, 0) AS jobs_exported,
  COALESCE(known.jobs_unreconciled, 0) AS jobs_unreconciled, COALESCE(known.records, 0) AS records,
  COALESCE(refused.open_rejects, 0) AS open_rejects
FROM accounts
LEFT JOIN known ON known.account = accounts.account
LEFT JOIN completed ON completed.account = accounts.account
LEFT JOIN newest ON newest.account = accounts.account AND newest.place = 1
LEFT JOIN refused ON refused.account = accounts.account;
