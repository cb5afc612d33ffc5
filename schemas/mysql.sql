-- The tables and views of ecore-export for mysql, schema version 1.
-- Days in daily_credit_usage are those of UTC; `ecore-export sync --tz` sets another zone.

CREATE TABLE jobs (
	account VARCHAR(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
	job_id BIGINT NOT NULL COMMENT 'The job''s primary key at eCore.',
	job_uuid LONGTEXT NOT NULL COMMENT 'The job''s UUID4.',
	list_name LONGTEXT COMMENT 'Label of the list; `API Upload` where an upload by API names none.',
	status LONGTEXT NOT NULL COMMENT 'Uploading, Processing, Processed, Failed, or as given.',
	is_final BOOL NOT NULL COMMENT 'Whether the status is Processed or Failed.',
	total_records BIGINT COMMENT 'Unique addresses in the job.',
	valid_count BIGINT COMMENT 'Records with status Valid.',
	invalid_count BIGINT COMMENT 'Records with status Invalid.',
	unknown_count BIGINT COMMENT 'Records with status Unknown.',
	other_count BIGINT COMMENT 'total_records less the three counters: records that are Pending or Error.',
	processed_count BIGINT COMMENT 'Records processed so far, from results_summary.',
	total_credits_charged NUMERIC(28, 6) COMMENT 'Net charge after refunds for addresses that are not Valid.',
	credits_charged_at DATETIME(6) COMMENT 'When the upfront charge was applied.',
	created_at DATETIME(6) NOT NULL COMMENT 'When the job was created.',
	started_at DATETIME(6) COMMENT 'When a worker picked the job up.',
	completed_at DATETIME(6) COMMENT 'When the job finished or failed.',
	duration LONGTEXT COMMENT 'Rounded text for people, as given, such as `1m 16s`.',
	results_summary LONGTEXT COMMENT '`processed/total`, as given, such as `250/250`.',
	queue_seconds DOUBLE COMMENT 'From created_at to started_at.',
	processing_seconds DOUBLE COMMENT 'From started_at to completed_at.',
	records_exported BIGINT COMMENT 'Rows of this job in `records`; null until its records are exported.',
	is_reconciled BOOL COMMENT 'Whether the exported records agree with the counters; null until exported.',
	first_seen_at DATETIME(6) NOT NULL COMMENT 'When a run first saw the job.',
	changed_at DATETIME(6) NOT NULL COMMENT 'When a run last saw something of the above, up to processing_seconds, change.',
	checked_at DATETIME(6) NOT NULL COMMENT 'When the row was last written after a look at the API.',
	deleted_at DATETIME(6) COMMENT 'When the job was found to be gone (404); null while it exists.',
	run_id LONGTEXT NOT NULL COMMENT 'The sync run that last changed this row.',
	PRIMARY KEY (account, job_id)
)ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='The latest known state of each job.';

CREATE TABLE job_history (
	account VARCHAR(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
	job_id BIGINT NOT NULL COMMENT 'The job''s primary key at eCore.',
	valid_from DATETIME(6) NOT NULL COMMENT 'When this state was read.',
	valid_to DATETIME(6) COMMENT 'When the next state was read; null for the current one.',
	job_uuid LONGTEXT NOT NULL COMMENT 'The job''s UUID4.',
	list_name LONGTEXT COMMENT 'Label of the list; `API Upload` where an upload by API names none.',
	status LONGTEXT NOT NULL COMMENT 'Uploading, Processing, Processed, Failed, or as given.',
	is_final BOOL NOT NULL COMMENT 'Whether the status is Processed or Failed.',
	total_records BIGINT COMMENT 'Unique addresses in the job.',
	valid_count BIGINT COMMENT 'Records with status Valid.',
	invalid_count BIGINT COMMENT 'Records with status Invalid.',
	unknown_count BIGINT COMMENT 'Records with status Unknown.',
	other_count BIGINT COMMENT 'total_records less the three counters: records that are Pending or Error.',
	processed_count BIGINT COMMENT 'Records processed so far, from results_summary.',
	total_credits_charged NUMERIC(28, 6) COMMENT 'Net charge after refunds for addresses that are not Valid.',
	credits_charged_at DATETIME(6) COMMENT 'When the upfront charge was applied.',
	created_at DATETIME(6) NOT NULL COMMENT 'When the job was created.',
	started_at DATETIME(6) COMMENT 'When a worker picked the job up.',
	completed_at DATETIME(6) COMMENT 'When the job finished or failed.',
	duration LONGTEXT COMMENT 'Rounded text for people, as given, such as `1m 16s`.',
	results_summary LONGTEXT COMMENT '`processed/total`, as given, such as `250/250`.',
	queue_seconds DOUBLE COMMENT 'From created_at to started_at.',
	processing_seconds DOUBLE COMMENT 'From started_at to completed_at.',
	deleted_at DATETIME(6) COMMENT 'When the job was found to be gone (404); null while it exists.',
	run_id LONGTEXT NOT NULL COMMENT 'The sync run that observed this state.',
	PRIMARY KEY (account, job_id, valid_from)
)ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='One row per observed change of a job.';

CREATE TABLE records (
	account VARCHAR(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
	job_id BIGINT NOT NULL COMMENT 'The job''s primary key at eCore.',
	record_id BIGINT NOT NULL COMMENT 'The record''s primary key at eCore.',
	ec_id LONGTEXT COMMENT 'The caller''s own identifier, from the uploaded file''s ec_id column.',
	email LONGTEXT COMMENT 'The address; null in the privacy modes hash and drop.',
	email_hash LONGTEXT COMMENT 'Keyed hash of the address (HMAC-SHA256, hex); only in the privacy mode hash.',
	email_domain LONGTEXT COMMENT 'What follows the last @ of the address, in lower case.',
	status LONGTEXT NOT NULL COMMENT 'Pending, Valid, Invalid, Unknown or Error; an open set, unknown values are kept.',
	validator_used LONGTEXT COMMENT 'The stage of the validation cascade that gave the final answer; an open set.',
	is_cached BOOL COMMENT 'Answered from the validator''s 30-day cache.',
	error_message LONGTEXT COMMENT 'Why the record is in Error.',
	processed_at DATETIME(6) COMMENT 'When the final status came.',
	job_created_at DATETIME(6) NOT NULL COMMENT 'created_at of the job, so that records can be cut by time.',
	run_id LONGTEXT NOT NULL COMMENT 'The sync run that last changed this row.',
	PRIMARY KEY (account, job_id, record_id)
)ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='One row per address of a final job.';

CREATE TABLE sync_runs (
	run_id VARCHAR(255) NOT NULL COMMENT 'UUIDv7 of the run: sorts by start.',
	started_at DATETIME(6) NOT NULL COMMENT 'When the run began.',
	finished_at DATETIME(6) COMMENT 'When it ended; null while it runs, or if it was killed.',
	status LONGTEXT NOT NULL COMMENT 'running (at work, or killed), complete, partial, stopped or failed.',
	account LONGTEXT NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
	jobs_seen BIGINT COMMENT 'Jobs read from the API.',
	jobs_exported BIGINT COMMENT 'Jobs whose records were published.',
	jobs_changed BIGINT COMMENT 'Jobs that were new or had changed.',
	jobs_rejected BIGINT COMMENT 'Jobs that went to rejects.',
	records_written BIGINT COMMENT 'Rows published to records.',
	requests BIGINT COMMENT 'HTTP requests sent, retries included.',
	retries BIGINT COMMENT 'Requests sent again after a fault.',
	bytes_received BIGINT COMMENT 'Body bytes received.',
	drift LONGTEXT COMMENT 'What the API sent that its reference does not know, as JSON; null if nothing.',
	error LONGTEXT COMMENT 'Why the run did not complete; null if it did.',
	version LONGTEXT NOT NULL COMMENT 'Version of ecore-export.',
	destination LONGTEXT NOT NULL COMMENT 'The destination''s URL, without secrets.',
	PRIMARY KEY (run_id)
)ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='One row per sync run.';

CREATE TABLE rejects (
	account VARCHAR(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
	job_id BIGINT NOT NULL COMMENT 'The job; 0 when even its id could not be read.',
	record_id BIGINT NOT NULL COMMENT 'The example''s record; 0 when it concerns the whole job.',
	reason VARCHAR(255) NOT NULL COMMENT 'Which field, and the kind of value found instead.',
	occurrences BIGINT COMMENT 'How often this was found in the job.',
	raw LONGTEXT COMMENT 'An example as ASCII-escaped JSON, at most 64 KiB; obeys the privacy mode.',
	rejected_at DATETIME(6) NOT NULL COMMENT 'When this was first found.',
	resolved_at DATETIME(6) COMMENT 'When the job was taken in after all; null while open.',
	run_id LONGTEXT NOT NULL COMMENT 'The run that last found it.',
	PRIMARY KEY (account, job_id, record_id, reason)
)ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='What could not be accepted: one row per kind of fault, with an example.';

CREATE TABLE list_groups (
	account VARCHAR(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
	list_name VARCHAR(255) NOT NULL COMMENT 'The list''s name, as in jobs.',
	list_group LONGTEXT NOT NULL COMMENT 'The name that all lists of its group have in common.',
	PRIMARY KEY (account, list_name)
)ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='One row per list name that `ecore-export sync --group` applied its rule to. A list without a row is its own group: any without a rule, and names of over 255 characters or with an address in them.';

CREATE TABLE ecore_meta (
	name VARCHAR(255) NOT NULL COMMENT 'Name of the entry.',
	value LONGTEXT COMMENT 'Its value.',
	PRIMARY KEY (name)
)ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='What the destination knows of itself: schema version, privacy mode, key fingerprint.';

CREATE TABLE ecore_suppressions (
	email_hash VARCHAR(255) NOT NULL COMMENT 'Hash of the erased address.',
	suppressed_at DATETIME(6) NOT NULL COMMENT 'When it was erased.',
	PRIMARY KEY (email_hash)
)ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='Hashes of erased addresses, which later syncs keep out.';

CREATE VIEW credit_events AS
WITH states AS (
  SELECT account, job_id, CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
  LIMIT 18446744073709551615
), priced AS (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    CAST(jobs.total_credits_charged * 1000000 AS DECIMAL(38, 0)) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE CAST(jobs.total_credits_charged * 1000000 AS DECIMAL(38, 0)) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
  LIMIT 18446744073709551615
), divided AS (
  SELECT priced.*, CAST((net - MOD(net, divisor)) / divisor AS DECIMAL(38, 0)) AS rate,
    MOD(net, divisor) * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + CAST((rest - MOD(rest, divisor)) / divisor AS DECIMAL(38, 0)) AS share,
    MOD(rest, divisor) AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND MOD(share, 2) <> 0)
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
SELECT account, job_id, list_name, event, event_at, CAST(micro * 0.000001 AS DECIMAL(28, 6)) AS credits, records,
  basis, list_group
FROM (
  SELECT events.*, COALESCE(list_groups.list_group, events.list_name) AS list_group
  FROM events
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = events.account AND list_groups.list_name = events.list_name
) AS grouped;

CREATE VIEW daily_credit_usage AS
WITH states AS (
  SELECT account, job_id, CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
  LIMIT 18446744073709551615
), priced AS (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    CAST(jobs.total_credits_charged * 1000000 AS DECIMAL(38, 0)) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE CAST(jobs.total_credits_charged * 1000000 AS DECIMAL(38, 0)) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
  LIMIT 18446744073709551615
), divided AS (
  SELECT priced.*, CAST((net - MOD(net, divisor)) / divisor AS DECIMAL(38, 0)) AS rate,
    MOD(net, divisor) * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + CAST((rest - MOD(rest, divisor)) / divisor AS DECIMAL(38, 0)) AS share,
    MOD(rest, divisor) AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND MOD(share, 2) <> 0)
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
  SELECT events.*, CAST(event_at + INTERVAL +0 SECOND AS DATE) AS day
  FROM events
)
SELECT account, day,
  CAST(SUM(CASE event WHEN 'charge' THEN micro ELSE 0 END) * 0.000001 AS DECIMAL(28, 6)) AS credits_charged,
  CAST(SUM(CASE event WHEN 'refund' THEN -micro ELSE 0 END) * 0.000001 AS DECIMAL(28, 6)) AS credits_refunded,
  CAST(SUM(micro) * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
  COALESCE(CAST(SUM(CASE event WHEN 'charge' THEN records END) AS SIGNED), 0) AS records_charged,
  COUNT(CASE event WHEN 'charge' THEN 1 END) AS jobs_charged
FROM dated
GROUP BY account, day;

CREATE VIEW monthly_statement AS
WITH states AS (
  SELECT account, job_id, CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
  LIMIT 18446744073709551615
), priced AS (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    CAST(jobs.total_credits_charged * 1000000 AS DECIMAL(38, 0)) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE CAST(jobs.total_credits_charged * 1000000 AS DECIMAL(38, 0)) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
  LIMIT 18446744073709551615
), divided AS (
  SELECT priced.*, CAST((net - MOD(net, divisor)) / divisor AS DECIMAL(38, 0)) AS rate,
    MOD(net, divisor) * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + CAST((rest - MOD(rest, divisor)) / divisor AS DECIMAL(38, 0)) AS share,
    MOD(rest, divisor) AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND MOD(share, 2) <> 0)
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
  SELECT events.*, CAST(event_at + INTERVAL +0 SECOND AS DATE) AS day
  FROM events
), monthly AS (
  SELECT grouped.*, CAST(day - INTERVAL (DAYOFMONTH(day) - 1) DAY AS DATE) AS month
  FROM (
  SELECT dated.*, COALESCE(list_groups.list_group, dated.list_name) AS list_group
  FROM dated
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = dated.account AND list_groups.list_name = dated.list_name
) AS grouped
)
SELECT account, month, list_name, list_group,
  CAST(SUM(CASE event WHEN 'charge' THEN micro ELSE 0 END) * 0.000001 AS DECIMAL(28, 6)) AS credits_charged,
  CAST(SUM(CASE event WHEN 'refund' THEN -micro ELSE 0 END) * 0.000001 AS DECIMAL(28, 6)) AS credits_refunded,
  CAST(SUM(micro) * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
  COALESCE(CAST(SUM(CASE event WHEN 'charge' THEN records END) AS SIGNED), 0) AS records_charged,
  COALESCE(CAST(SUM(CASE event WHEN 'refund' THEN records END) AS SIGNED), 0) AS records_refunded,
  COUNT(CASE event WHEN 'charge' THEN 1 END) AS jobs_charged,
  COUNT(CASE event WHEN 'refund' THEN 1 END) AS jobs_refunded
FROM monthly
GROUP BY account, month, list_name, list_group;

CREATE VIEW account_summary AS
WITH states AS (
  SELECT account, job_id, CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
  LIMIT 18446744073709551615
), priced AS (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    CAST(jobs.total_credits_charged * 1000000 AS DECIMAL(38, 0)) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE CAST(jobs.total_credits_charged * 1000000 AS DECIMAL(38, 0)) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
  LIMIT 18446744073709551615
), divided AS (
  SELECT priced.*, CAST((net - MOD(net, divisor)) / divisor AS DECIMAL(38, 0)) AS rate,
    MOD(net, divisor) * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + CAST((rest - MOD(rest, divisor)) / divisor AS DECIMAL(38, 0)) AS share,
    MOD(rest, divisor) AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND MOD(share, 2) <> 0)
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
    COALESCE(CAST(SUM(CASE status WHEN 'Processed' THEN total_records END) AS SIGNED), 0) AS total_records,
    COALESCE(CAST(SUM(CASE status WHEN 'Processed' THEN valid_count END) AS SIGNED), 0) AS valid_count,
    COALESCE(CAST(SUM(CASE status WHEN 'Processed' THEN invalid_count END) AS SIGNED), 0) AS invalid_count,
    COALESCE(CAST(SUM(CASE status WHEN 'Processed' THEN unknown_count END) AS SIGNED), 0) AS unknown_count,
    MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM jobs
  GROUP BY account
), accounts AS (
  SELECT counted.*, COALESCE(costs.upfront, 0) AS upfront, COALESCE(costs.net, 0) AS net
  FROM counted
  LEFT JOIN costs ON costs.account = counted.account
)
SELECT account, jobs, jobs_processed, jobs_failed, lists, total_records, valid_count, invalid_count, unknown_count,
  CAST(valid_count AS DOUBLE) / NULLIF(total_records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE) / NULLIF(total_records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE) / NULLIF(total_records, 0) AS unknown_rate,
  CAST(upfront * 0.000001 AS DECIMAL(28, 6)) AS credits_charged, CAST((upfront - net) * 0.000001 AS DECIMAL(28, 6)) AS credits_refunded,
  CAST(net * 0.000001 AS DECIMAL(28, 6)) AS credits_net, CAST(net AS DOUBLE) / NULLIF(valid_count, 0) / 1000000 AS credits_per_valid,
  first_job_at, last_job_at
FROM accounts;

CREATE VIEW list_quality AS
WITH lists AS (
  SELECT account, list_name, COUNT(*) AS jobs,
    COALESCE(CAST(SUM(total_records) AS SIGNED), 0) AS total_records,
    COALESCE(CAST(SUM(valid_count) AS SIGNED), 0) AS valid_count,
    COALESCE(CAST(SUM(invalid_count) AS SIGNED), 0) AS invalid_count,
    COALESCE(CAST(SUM(unknown_count) AS SIGNED), 0) AS unknown_count,
    COALESCE(CAST(SUM(other_count) AS SIGNED), 0) AS other_count,
    COALESCE(SUM(CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0))), 0) AS net, MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM jobs
  WHERE status = 'Processed'
  GROUP BY account, list_name
)
SELECT account, list_name, jobs, total_records, valid_count, invalid_count, unknown_count, other_count,
  CAST(valid_count AS DOUBLE) / NULLIF(total_records, 0) AS valid_rate,
  CAST(invalid_count AS DOUBLE) / NULLIF(total_records, 0) AS invalid_rate,
  CAST(unknown_count AS DOUBLE) / NULLIF(total_records, 0) AS unknown_rate,
  CAST(net * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
  CAST(net AS DOUBLE) / NULLIF(valid_count, 0) / 1000000 AS credits_per_valid,
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
    COALESCE(CAST(SUM(total_records) AS SIGNED), 0) AS total_records,
    COALESCE(CAST(SUM(valid_count) AS SIGNED), 0) AS valid_count,
    COALESCE(CAST(SUM(invalid_count) AS SIGNED), 0) AS invalid_count,
    COALESCE(CAST(SUM(unknown_count) AS SIGNED), 0) AS unknown_count,
    COALESCE(CAST(SUM(other_count) AS SIGNED), 0) AS other_count,
    COALESCE(SUM(CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0))), 0) AS net, MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM (SELECT jobs.*, CAST(created_at + INTERVAL +0 SECOND AS DATE) AS day FROM jobs AS jobs) AS dated
  WHERE status = 'Processed'
  GROUP BY account, day, list_name
)
SELECT account, day, list_name, jobs, total_records, valid_count, invalid_count, unknown_count, other_count,
  CAST(valid_count AS DOUBLE) / NULLIF(total_records, 0) AS valid_rate,
  CAST(invalid_count AS DOUBLE) / NULLIF(total_records, 0) AS invalid_rate,
  CAST(unknown_count AS DOUBLE) / NULLIF(total_records, 0) AS unknown_rate,
  CAST(net * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
  CAST(net AS DOUBLE) / NULLIF(valid_count, 0) / 1000000 AS credits_per_valid,
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
    COALESCE(CAST(SUM(total_records) AS SIGNED), 0) AS total_records, COALESCE(CAST(SUM(valid_count) AS SIGNED), 0) AS valid_count, COALESCE(CAST(SUM(invalid_count) AS SIGNED), 0) AS invalid_count, COALESCE(CAST(SUM(unknown_count) AS SIGNED), 0) AS unknown_count
  FROM (
  SELECT monthly.*, COALESCE(list_groups.list_group, monthly.list_name) AS list_group
  FROM (SELECT dated.*, CAST(day - INTERVAL (DAYOFMONTH(day) - 1) DAY AS DATE) AS month FROM (SELECT jobs.*, CAST(created_at + INTERVAL +0 SECOND AS DATE) AS day FROM jobs AS jobs) AS dated) AS monthly
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = monthly.account AND list_groups.list_name = monthly.list_name
) AS grouped
  WHERE status = 'Processed'
  GROUP BY account, list_group, month
), rated AS (
  SELECT lists.*, CAST(valid_count AS DOUBLE) / NULLIF(total_records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE) / NULLIF(total_records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE) / NULLIF(total_records, 0) AS unknown_rate,
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
  CAST(TIMESTAMPDIFF(MICROSECOND, last_job_at, known_until) AS DOUBLE) / 86400000000 AS days_since,
  CAST(TIMESTAMPDIFF(MICROSECOND, first_job_at, last_job_at) AS DOUBLE) / 86400000000 / NULLIF(jobs - 1, 0) AS mean_interval_days
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
  CAST(cached_count AS DOUBLE) / NULLIF(records, 0) AS cache_share,
  CAST(valid_count AS DOUBLE) / NULLIF(records, 0) AS valid_rate
FROM validators;

CREATE VIEW daily_validator_mix AS
WITH validators AS (
  SELECT account, day, validator_used, COUNT(*) AS records, COUNT(CASE WHEN is_cached THEN 1 END) AS cached_count,
    COUNT(CASE status WHEN 'Valid' THEN 1 END) AS valid_count,
    COUNT(CASE status WHEN 'Invalid' THEN 1 END) AS invalid_count,
    COUNT(CASE status WHEN 'Unknown' THEN 1 END) AS unknown_count,
    COUNT(CASE status WHEN 'Error' THEN 1 END) AS error_count
  FROM (SELECT records.*, CAST(job_created_at + INTERVAL +0 SECOND AS DATE) AS day FROM records AS records) AS dated
  GROUP BY account, day, validator_used
)
SELECT account, day, validator_used, records, cached_count, valid_count, invalid_count, unknown_count, error_count,
  CAST(cached_count AS DOUBLE) / NULLIF(records, 0) AS cache_share,
  CAST(valid_count AS DOUBLE) / NULLIF(records, 0) AS valid_rate
FROM validators;

CREATE VIEW job_turnaround AS
SELECT account, job_id, list_name, status, total_records, created_at, started_at, completed_at,
  queue_seconds, processing_seconds,
  CAST(TIMESTAMPDIFF(MICROSECOND, created_at, completed_at) AS DOUBLE) / 1000000 AS total_seconds,
  CAST(total_records AS DOUBLE) / NULLIF(processing_seconds, 0) AS records_per_second,
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
      PARTITION BY COALESCE(email, email_hash), account
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
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST((CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)) - MOD(CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)), NULLIF(valid_count, 0))) / NULLIF(valid_count, 0) AS DECIMAL(38, 0)), 0)) AS rate
  FROM jobs
  GROUP BY account, job_id
), earlier AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST((CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)) - MOD(CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)), NULLIF(valid_count, 0))) / NULLIF(valid_count, 0) AS DECIMAL(38, 0)), 0)) AS rate
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
    COALESCE(records.email, records.email_hash) AS address, records.email, records.email_hash, records.email_domain, records.is_cached
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
  email_domain, status, is_cached, CAST((CASE status WHEN 'Valid' THEN lists.rate ELSE 0 END) * 0.000001 AS DECIMAL(28, 6)) AS credits, job_created_at,
  previous_job_id, previous_record_id, previous_status,
  CAST((CASE previous_status WHEN 'Valid' THEN earlier.rate ELSE 0 END) * 0.000001 AS DECIMAL(28, 6)) AS previous_credits, previous_created_at,
  CAST(TIMESTAMPDIFF(MICROSECOND, previous_created_at, job_created_at) AS DOUBLE) / 86400000000 AS days_since,
  status <> previous_status AS is_changed
FROM placed
LEFT JOIN lists ON lists.account = placed.account AND lists.job_id = placed.job_id
LEFT JOIN earlier ON earlier.account = placed.account AND earlier.job_id = placed.previous_job_id
WHERE previous_created_at IS NOT NULL;

CREATE VIEW repeat_costs AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST((CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)) - MOD(CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)), NULLIF(valid_count, 0))) / NULLIF(valid_count, 0) AS DECIMAL(38, 0)), 0)) AS rate
  FROM jobs
  GROUP BY account, job_id
), verdicts AS (
  SELECT records.account, records.job_id, records.record_id, records.job_created_at, records.status,
    COALESCE(records.email, records.email_hash) AS address
  FROM records AS records
  WHERE records.status IN ('Valid', 'Invalid', 'Unknown') AND COALESCE(records.email, records.email_hash) IS NOT NULL
), placed AS (
  SELECT verdicts.*,
    LAG(status) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_status,
    LAG(job_created_at) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_created_at
  FROM verdicts
), aged AS (
  SELECT placed.*, CAST(TIMESTAMPDIFF(MICROSECOND, previous_created_at, job_created_at) AS DOUBLE) / 86400000000 AS days_since
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
    CAST(job_created_at + INTERVAL +0 SECOND AS DATE) AS day
  FROM counted
  LEFT JOIN rates ON rates.account = counted.account AND rates.job_id = counted.job_id
), monthly AS (
  SELECT dated.*, CAST(day - INTERVAL (DAYOFMONTH(day) - 1) DAY AS DATE) AS month
  FROM dated
), lists AS (
  SELECT account, month, list_name,
    COALESCE(CAST(SUM(records) AS SIGNED), 0) AS records,
    COALESCE(CAST(SUM(repeats) AS SIGNED), 0) AS repeats,
    COALESCE(CAST(SUM(repeats_30d) AS SIGNED), 0) AS repeats_30d,
    COALESCE(CAST(SUM(repeats_90d) AS SIGNED), 0) AS repeats_90d,
    COALESCE(CAST(SUM(changed) AS SIGNED), 0) AS changed,
    CAST(SUM(rate * valid_count) * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
    CAST(SUM(rate * valid_repeats) * 0.000001 AS DECIMAL(28, 6)) AS repeat_credits,
    CAST(SUM(rate * valid_repeats_30d) * 0.000001 AS DECIMAL(28, 6)) AS repeat_credits_30d,
    CAST(SUM(rate * valid_repeats_90d) * 0.000001 AS DECIMAL(28, 6)) AS repeat_credits_90d
  FROM monthly
  GROUP BY account, month, list_name
)
SELECT account, month, list_name, list_group, records, repeats, repeats_30d, repeats_90d, changed, credits_net, repeat_credits, repeat_credits_30d, repeat_credits_90d, CAST(repeats AS DOUBLE) / NULLIF(records, 0) AS repeat_rate
FROM (
  SELECT lists.*, COALESCE(list_groups.list_group, lists.list_name) AS list_group
  FROM lists
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = lists.account AND list_groups.list_name = lists.list_name
) AS grouped;

CREATE VIEW verdict_changes AS
WITH verdicts AS (
  SELECT records.account, records.job_id, records.record_id, records.job_created_at, records.status,
    COALESCE(records.email, records.email_hash) AS address
  FROM records AS records
  WHERE records.status IN ('Valid', 'Invalid', 'Unknown') AND COALESCE(records.email, records.email_hash) IS NOT NULL
), placed AS (
  SELECT verdicts.*,
    LAG(status) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_status,
    LAG(job_created_at) OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id) AS previous_created_at
  FROM verdicts
), repeats AS (
  SELECT account, status, previous_status,
    CAST(TIMESTAMPDIFF(MICROSECOND, previous_created_at, job_created_at) AS DOUBLE) / 86400000000 AS days_since
  FROM placed
  WHERE previous_created_at IS NOT NULL
), aged AS (
  SELECT account, status, previous_status, CAST(CASE WHEN days_since < 7 THEN 0 WHEN days_since < 30 THEN 7 WHEN days_since < 60 THEN 30 WHEN days_since < 90 THEN 60 WHEN days_since < 180 THEN 90 WHEN days_since < 365 THEN 180 ELSE 365 END AS SIGNED) AS age_from_days
  FROM repeats
), counted AS (
  SELECT account, previous_status, age_from_days, status, COUNT(*) AS repeats
  FROM aged
  GROUP BY account, previous_status, age_from_days, status
)
SELECT account, previous_status, age_from_days, CAST(CASE age_from_days WHEN 0 THEN 7 WHEN 7 THEN 30 WHEN 30 THEN 60 WHEN 60 THEN 90 WHEN 90 THEN 180 WHEN 180 THEN 365 END AS SIGNED) AS age_to_days, status, repeats,
  CAST(repeats AS DOUBLE) / NULLIF(SUM(repeats) OVER (PARTITION BY account, previous_status, age_from_days), 0) AS share, status <> previous_status AS is_changed
FROM counted;

CREATE VIEW domain_quality AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST((CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)) - MOD(CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)), NULLIF(valid_count, 0))) / NULLIF(valid_count, 0) AS DECIMAL(38, 0)), 0)) AS rate
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
    COUNT(is_known) AS known, CAST(COUNT(CASE WHEN status IN ('Valid', 'Invalid', 'Unknown') THEN is_known END) AS SIGNED) - CAST(COUNT(is_first) AS SIGNED) AS again,
    SUM(micro) AS micro, MIN(job_created_at) AS first_job_at, MAX(job_created_at) AS last_job_at
  FROM found
  GROUP BY email_domain, account
)
SELECT account, email_domain, records, valid_count, invalid_count, unknown_count, error_count,
  CAST(valid_count AS DOUBLE) / NULLIF(records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE) / NULLIF(records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE) / NULLIF(records, 0) AS unknown_rate,
  CASE WHEN known > 0 THEN again END AS repeats,
  CASE WHEN known > 0 THEN CAST(again AS DOUBLE) / NULLIF(records, 0) END AS repeat_rate,
  CAST(micro * 0.000001 AS DECIMAL(28, 6)) AS credits_net, first_job_at, last_job_at
FROM domains;

CREATE VIEW daily_domain_quality AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST((CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)) - MOD(CAST(total_credits_charged * 1000000 AS DECIMAL(38, 0)), NULLIF(valid_count, 0))) / NULLIF(valid_count, 0) AS DECIMAL(38, 0)), 0)) AS rate
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
    CASE records.status WHEN 'Valid' THEN rates.rate ELSE 0 END AS micro, CAST(records.job_created_at + INTERVAL +0 SECOND AS DATE) AS day
  FROM records AS records
  LEFT JOIN rates ON rates.account = records.account AND rates.job_id = records.job_id
  UNION ALL
  SELECT account, email_domain, NULL, NULL, NULL, 1, NULL, CAST(first_at + INTERVAL +0 SECOND AS DATE) AS day
  FROM firsts
), domains AS (
  SELECT account, day, email_domain, COUNT(status) AS records,
    COUNT(CASE status WHEN 'Valid' THEN 1 END) AS valid_count,
    COUNT(CASE status WHEN 'Invalid' THEN 1 END) AS invalid_count,
    COUNT(CASE status WHEN 'Unknown' THEN 1 END) AS unknown_count,
    COUNT(CASE status WHEN 'Error' THEN 1 END) AS error_count,
    COUNT(is_known) AS known, CAST(COUNT(CASE WHEN status IN ('Valid', 'Invalid', 'Unknown') THEN is_known END) AS SIGNED) - CAST(COUNT(is_first) AS SIGNED) AS again,
    SUM(micro) AS micro, MIN(job_created_at) AS first_job_at, MAX(job_created_at) AS last_job_at
  FROM found
  GROUP BY day, email_domain, account
)
SELECT account, day, email_domain, records, valid_count, invalid_count, unknown_count, error_count,
  CAST(valid_count AS DOUBLE) / NULLIF(records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE) / NULLIF(records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE) / NULLIF(records, 0) AS unknown_rate,
  CASE WHEN known > 0 THEN again END AS repeats,
  CASE WHEN known > 0 THEN CAST(again AS DOUBLE) / NULLIF(records, 0) END AS repeat_rate,
  CAST(micro * 0.000001 AS DECIMAL(28, 6)) AS credits_net, first_job_at, last_job_at
FROM domains;

CREATE VIEW error_reasons AS
WITH reasons AS (
  SELECT dated.*, CAST(day - INTERVAL (DAYOFMONTH(day) - 1) DAY AS DATE) AS month
  FROM (SELECT records.*, CAST(job_created_at + INTERVAL +0 SECOND AS DATE) AS day FROM records AS records) AS dated
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
    COALESCE(CAST(SUM(records_exported) AS SIGNED), 0) AS records
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
