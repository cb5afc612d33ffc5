-- The tables of ecore-export for mysql, schema version 1.

CREATE TABLE jobs (
	account VARCHAR(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
	job_id BIGINT NOT NULL COMMENT 'The job''s primary key at eCore.',
	job_uuid LONGTEXT NOT NULL COMMENT 'The job''s UUID4.',
	list_name LONGTEXT COMMENT 'Display label of the list.',
	status LONGTEXT NOT NULL COMMENT 'Uploading, Processing, Processed or Failed; an open set, unknown values are kept.',
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
	is_reconciled BOOL COMMENT 'Whether the exported records agree with the API''s counters; null until exported.',
	first_seen_at DATETIME(6) NOT NULL COMMENT 'When a run first saw the job.',
	changed_at DATETIME(6) NOT NULL COMMENT 'When a run last saw something of the above, up to processing_seconds, change.',
	checked_at DATETIME(6) NOT NULL COMMENT 'When the row was last written after a look at the API.',
	deleted_at DATETIME(6) COMMENT 'When the job was found to be gone (404); null while it exists.',
	run_id LONGTEXT NOT NULL COMMENT 'The sync run that last changed this row.',
	PRIMARY KEY (account, job_id)
)ENGINE=InnoDB CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='The latest known state of each job.';

CREATE TABLE job_history (
	account VARCHAR(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
	job_id BIGINT NOT NULL COMMENT 'The job''s primary key at eCore.',
	valid_from DATETIME(6) NOT NULL COMMENT 'When this state was read.',
	valid_to DATETIME(6) COMMENT 'When the next state was read; null for the current one.',
	job_uuid LONGTEXT NOT NULL COMMENT 'The job''s UUID4.',
	list_name LONGTEXT COMMENT 'Display label of the list.',
	status LONGTEXT NOT NULL COMMENT 'Uploading, Processing, Processed or Failed; an open set, unknown values are kept.',
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
)ENGINE=InnoDB CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='One row per observed change of a job.';

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
)ENGINE=InnoDB CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='One row per address of a final job.';

CREATE TABLE sync_runs (
	run_id VARCHAR(255) NOT NULL COMMENT 'UUIDv7 of the run: sorts by start.',
	started_at DATETIME(6) NOT NULL COMMENT 'When the run began.',
	finished_at DATETIME(6) COMMENT 'When it ended; null while it runs.',
	status LONGTEXT NOT NULL COMMENT 'running, complete, partial, stopped or failed.',
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
)ENGINE=InnoDB CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='One row per sync run.';

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
)ENGINE=InnoDB CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='What could not be accepted: one row per kind of fault, with an example.';

CREATE TABLE ecore_meta (
	name VARCHAR(255) NOT NULL COMMENT 'Name of the entry.',
	value LONGTEXT COMMENT 'Its value.',
	PRIMARY KEY (name)
)ENGINE=InnoDB CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='What the destination knows of itself: schema version, privacy mode, key fingerprint.';

CREATE TABLE ecore_suppressions (
	email_hash VARCHAR(255) NOT NULL COMMENT 'Hash of the erased address.',
	suppressed_at DATETIME(6) NOT NULL COMMENT 'When it was erased.',
	PRIMARY KEY (email_hash)
)ENGINE=InnoDB CHARSET=utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */ COMMENT='Hashes of erased addresses, which later syncs keep out.';
