-- The tables and views of ecore-export for duckdb, schema version 1.
-- Days in daily_credit_usage are those of UTC; `ecore-export sync --tz` sets another zone.

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

CREATE TABLE IF NOT EXISTS list_groups (
  account VARCHAR NOT NULL,
  list_name VARCHAR NOT NULL,
  list_group VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS ecore_meta (
  name VARCHAR NOT NULL,
  value VARCHAR
);

CREATE TABLE IF NOT EXISTS ecore_suppressions (
  email_hash VARCHAR NOT NULL,
  suppressed_at TIMESTAMPTZ NOT NULL
);

CREATE VIEW credit_events AS
WITH states AS (
  SELECT account, job_id, CAST(total_credits_charged * 1000000 AS HUGEINT) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
), priced AS (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    CAST(jobs.total_credits_charged * 1000000 AS HUGEINT) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE CAST(jobs.total_credits_charged * 1000000 AS HUGEINT) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
), divided AS (
  SELECT priced.*, net // divisor AS rate,
    net % divisor * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + rest // divisor AS share,
    rest % divisor AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND share % 2 <> 0)
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
SELECT account, job_id, list_name, event, event_at, CAST(CAST(micro AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits, records,
  basis, list_group
FROM (
  SELECT events.*, COALESCE(list_groups.list_group, events.list_name) AS list_group
  FROM events
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = events.account AND list_groups.list_name = events.list_name
) AS grouped;

CREATE VIEW daily_credit_usage AS
WITH states AS (
  SELECT account, job_id, CAST(total_credits_charged * 1000000 AS HUGEINT) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
), priced AS (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    CAST(jobs.total_credits_charged * 1000000 AS HUGEINT) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE CAST(jobs.total_credits_charged * 1000000 AS HUGEINT) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
), divided AS (
  SELECT priced.*, net // divisor AS rate,
    net % divisor * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + rest // divisor AS share,
    rest % divisor AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND share % 2 <> 0)
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
  SELECT events.*, CAST(make_timestamp(epoch_us(event_at) + (+0000000)) AS DATE) AS day
  FROM events
)
SELECT account, day,
  CAST(CAST(SUM(CASE event WHEN 'charge' THEN micro ELSE 0 END) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_charged,
  CAST(CAST(SUM(CASE event WHEN 'refund' THEN -micro ELSE 0 END) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_refunded,
  CAST(CAST(SUM(micro) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
  COALESCE(CAST(SUM(CASE event WHEN 'charge' THEN records END) AS BIGINT), 0) AS records_charged,
  COUNT(CASE event WHEN 'charge' THEN 1 END) AS jobs_charged
FROM dated
GROUP BY account, day;

CREATE VIEW monthly_statement AS
WITH states AS (
  SELECT account, job_id, CAST(total_credits_charged * 1000000 AS HUGEINT) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
), priced AS (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    CAST(jobs.total_credits_charged * 1000000 AS HUGEINT) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE CAST(jobs.total_credits_charged * 1000000 AS HUGEINT) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
), divided AS (
  SELECT priced.*, net // divisor AS rate,
    net % divisor * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + rest // divisor AS share,
    rest % divisor AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND share % 2 <> 0)
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
  SELECT events.*, CAST(make_timestamp(epoch_us(event_at) + (+0000000)) AS DATE) AS day
  FROM events
), monthly AS (
  SELECT grouped.*, CAST(date_trunc('month', day) AS DATE) AS month
  FROM (
  SELECT dated.*, COALESCE(list_groups.list_group, dated.list_name) AS list_group
  FROM dated
  LEFT JOIN list_groups AS list_groups
    ON list_groups.account = dated.account AND list_groups.list_name = dated.list_name
) AS grouped
)
SELECT account, month, list_name, list_group,
  CAST(CAST(SUM(CASE event WHEN 'charge' THEN micro ELSE 0 END) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_charged,
  CAST(CAST(SUM(CASE event WHEN 'refund' THEN -micro ELSE 0 END) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_refunded,
  CAST(CAST(SUM(micro) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
  COALESCE(CAST(SUM(CASE event WHEN 'charge' THEN records END) AS BIGINT), 0) AS records_charged,
  COALESCE(CAST(SUM(CASE event WHEN 'refund' THEN records END) AS BIGINT), 0) AS records_refunded,
  COUNT(CASE event WHEN 'charge' THEN 1 END) AS jobs_charged,
  COUNT(CASE event WHEN 'refund' THEN 1 END) AS jobs_refunded
FROM monthly
GROUP BY account, month, list_name, list_group;

CREATE VIEW account_summary AS
WITH states AS (
  SELECT account, job_id, CAST(total_credits_charged * 1000000 AS HUGEINT) AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM job_history
  WHERE NOT is_final AND total_credits_charged > 0
), priced AS (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    CAST(jobs.total_credits_charged * 1000000 AS HUGEINT) AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE CAST(jobs.total_credits_charged * 1000000 AS HUGEINT) END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM jobs AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
), divided AS (
  SELECT priced.*, net // divisor AS rate,
    net % divisor * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + rest // divisor AS share,
    rest % divisor AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND share % 2 <> 0)
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
  CAST(valid_count AS DOUBLE) / NULLIF(total_records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE) / NULLIF(total_records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE) / NULLIF(total_records, 0) AS unknown_rate,
  CAST(CAST(upfront AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_charged, CAST(CAST((upfront - net) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_refunded,
  CAST(CAST(net AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_net, CAST(net AS DOUBLE) / NULLIF(valid_count, 0) / 1000000 AS credits_per_valid,
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
    COALESCE(SUM(CAST(total_credits_charged * 1000000 AS HUGEINT)), 0) AS net, MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM jobs
  WHERE status = 'Processed'
  GROUP BY account, list_name
)
SELECT account, list_name, jobs, total_records, valid_count, invalid_count, unknown_count, other_count,
  CAST(valid_count AS DOUBLE) / NULLIF(total_records, 0) AS valid_rate,
  CAST(invalid_count AS DOUBLE) / NULLIF(total_records, 0) AS invalid_rate,
  CAST(unknown_count AS DOUBLE) / NULLIF(total_records, 0) AS unknown_rate,
  CAST(CAST(net AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
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
    COALESCE(CAST(SUM(total_records) AS BIGINT), 0) AS total_records,
    COALESCE(CAST(SUM(valid_count) AS BIGINT), 0) AS valid_count,
    COALESCE(CAST(SUM(invalid_count) AS BIGINT), 0) AS invalid_count,
    COALESCE(CAST(SUM(unknown_count) AS BIGINT), 0) AS unknown_count,
    COALESCE(CAST(SUM(other_count) AS BIGINT), 0) AS other_count,
    COALESCE(SUM(CAST(total_credits_charged * 1000000 AS HUGEINT)), 0) AS net, MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM (SELECT jobs.*, CAST(make_timestamp(epoch_us(created_at) + (+0000000)) AS DATE) AS day FROM jobs AS jobs) AS dated
  WHERE status = 'Processed'
  GROUP BY account, day, list_name
)
SELECT account, day, list_name, jobs, total_records, valid_count, invalid_count, unknown_count, other_count,
  CAST(valid_count AS DOUBLE) / NULLIF(total_records, 0) AS valid_rate,
  CAST(invalid_count AS DOUBLE) / NULLIF(total_records, 0) AS invalid_rate,
  CAST(unknown_count AS DOUBLE) / NULLIF(total_records, 0) AS unknown_rate,
  CAST(CAST(net AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
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
    COALESCE(CAST(SUM(total_records) AS BIGINT), 0) AS total_records, COALESCE(CAST(SUM(valid_count) AS BIGINT), 0) AS valid_count, COALESCE(CAST(SUM(invalid_count) AS BIGINT), 0) AS invalid_count, COALESCE(CAST(SUM(unknown_count) AS BIGINT), 0) AS unknown_count
  FROM (
  SELECT monthly.*, COALESCE(list_groups.list_group, monthly.list_name) AS list_group
  FROM (SELECT dated.*, CAST(date_trunc('month', day) AS DATE) AS month FROM (SELECT jobs.*, CAST(make_timestamp(epoch_us(created_at) + (+0000000)) AS DATE) AS day FROM jobs AS jobs) AS dated) AS monthly
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
  CAST(epoch_us(known_until) - epoch_us(last_job_at) AS DOUBLE) / 86400000000 AS days_since,
  CAST(epoch_us(last_job_at) - epoch_us(first_job_at) AS DOUBLE) / 86400000000 / NULLIF(jobs - 1, 0) AS mean_interval_days
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
  FROM (SELECT records.*, CAST(make_timestamp(epoch_us(job_created_at) + (+0000000)) AS DATE) AS day FROM records AS records) AS dated
  GROUP BY account, day, validator_used
)
SELECT account, day, validator_used, records, cached_count, valid_count, invalid_count, unknown_count, error_count,
  CAST(cached_count AS DOUBLE) / NULLIF(records, 0) AS cache_share,
  CAST(valid_count AS DOUBLE) / NULLIF(records, 0) AS valid_rate
FROM validators;

CREATE VIEW job_turnaround AS
SELECT account, job_id, list_name, status, total_records, created_at, started_at, completed_at,
  queue_seconds, processing_seconds,
  CAST(epoch_us(completed_at) - epoch_us(created_at) AS DOUBLE) / 1000000 AS total_seconds,
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
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST(total_credits_charged * 1000000 AS HUGEINT) // NULLIF(valid_count, 0), 0)) AS rate
  FROM jobs
  GROUP BY account, job_id
), earlier AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST(total_credits_charged * 1000000 AS HUGEINT) // NULLIF(valid_count, 0), 0)) AS rate
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
  email_domain, status, is_cached, CAST(CAST((CASE status WHEN 'Valid' THEN lists.rate ELSE 0 END) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits, job_created_at,
  previous_job_id, previous_record_id, previous_status,
  CAST(CAST((CASE previous_status WHEN 'Valid' THEN earlier.rate ELSE 0 END) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS previous_credits, previous_created_at,
  CAST(epoch_us(job_created_at) - epoch_us(previous_created_at) AS DOUBLE) / 86400000000 AS days_since,
  status <> previous_status AS is_changed
FROM placed
LEFT JOIN lists ON lists.account = placed.account AND lists.job_id = placed.job_id
LEFT JOIN earlier ON earlier.account = placed.account AND earlier.job_id = placed.previous_job_id
WHERE previous_created_at IS NOT NULL;

CREATE VIEW repeat_costs AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST(total_credits_charged * 1000000 AS HUGEINT) // NULLIF(valid_count, 0), 0)) AS rate
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
  SELECT placed.*, CAST(epoch_us(job_created_at) - epoch_us(previous_created_at) AS DOUBLE) / 86400000000 AS days_since
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
    CAST(make_timestamp(epoch_us(job_created_at) + (+0000000)) AS DATE) AS day
  FROM counted
  LEFT JOIN rates ON rates.account = counted.account AND rates.job_id = counted.job_id
), monthly AS (
  SELECT dated.*, CAST(date_trunc('month', day) AS DATE) AS month
  FROM dated
), lists AS (
  SELECT account, month, list_name,
    COALESCE(CAST(SUM(records) AS BIGINT), 0) AS records,
    COALESCE(CAST(SUM(repeats) AS BIGINT), 0) AS repeats,
    COALESCE(CAST(SUM(repeats_30d) AS BIGINT), 0) AS repeats_30d,
    COALESCE(CAST(SUM(repeats_90d) AS BIGINT), 0) AS repeats_90d,
    COALESCE(CAST(SUM(changed) AS BIGINT), 0) AS changed,
    CAST(CAST(SUM(rate * valid_count) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_net,
    CAST(CAST(SUM(rate * valid_repeats) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS repeat_credits,
    CAST(CAST(SUM(rate * valid_repeats_30d) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS repeat_credits_30d,
    CAST(CAST(SUM(rate * valid_repeats_90d) AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS repeat_credits_90d
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
    CAST(epoch_us(job_created_at) - epoch_us(previous_created_at) AS DOUBLE) / 86400000000 AS days_since
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
  CAST(repeats AS DOUBLE) / NULLIF(SUM(repeats) OVER (PARTITION BY account, previous_status, age_from_days), 0) AS share, status <> previous_status AS is_changed
FROM counted;

CREATE VIEW domain_quality AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST(total_credits_charged * 1000000 AS HUGEINT) // NULLIF(valid_count, 0), 0)) AS rate
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
  CAST(valid_count AS DOUBLE) / NULLIF(records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE) / NULLIF(records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE) / NULLIF(records, 0) AS unknown_rate,
  CASE WHEN known > 0 THEN again END AS repeats,
  CASE WHEN known > 0 THEN CAST(again AS DOUBLE) / NULLIF(records, 0) END AS repeat_rate,
  CAST(CAST(micro AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_net, first_job_at, last_job_at
FROM domains;

CREATE VIEW daily_domain_quality AS
WITH rates AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE(CAST(total_credits_charged * 1000000 AS HUGEINT) // NULLIF(valid_count, 0), 0)) AS rate
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
    CASE records.status WHEN 'Valid' THEN rates.rate ELSE 0 END AS micro, CAST(make_timestamp(epoch_us(records.job_created_at) + (+0000000)) AS DATE) AS day
  FROM records AS records
  LEFT JOIN rates ON rates.account = records.account AND rates.job_id = records.job_id
  UNION ALL
  SELECT account, email_domain, NULL, NULL, NULL, 1, NULL, CAST(make_timestamp(epoch_us(first_at) + (+0000000)) AS DATE) AS day
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
  CAST(valid_count AS DOUBLE) / NULLIF(records, 0) AS valid_rate, CAST(invalid_count AS DOUBLE) / NULLIF(records, 0) AS invalid_rate, CAST(unknown_count AS DOUBLE) / NULLIF(records, 0) AS unknown_rate,
  CASE WHEN known > 0 THEN again END AS repeats,
  CASE WHEN known > 0 THEN CAST(again AS DOUBLE) / NULLIF(records, 0) END AS repeat_rate,
  CAST(CAST(micro AS DECIMAL(28, 0)) * 0.000001 AS DECIMAL(28, 6)) AS credits_net, first_job_at, last_job_at
FROM domains;

CREATE VIEW error_reasons AS
WITH reasons AS (
  SELECT dated.*, CAST(date_trunc('month', day) AS DATE) AS month
  FROM (SELECT records.*, CAST(make_timestamp(epoch_us(job_created_at) + (+0000000)) AS DATE) AS day FROM records AS records) AS dated
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
