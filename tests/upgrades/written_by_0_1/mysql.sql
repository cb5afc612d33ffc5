
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
DROP TABLE IF EXISTS `credit_events`;
/*!50001 DROP VIEW IF EXISTS `credit_events`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `credit_events` AS SELECT
 NULL AS `account`,
 NULL AS `job_id`,
 NULL AS `list_name`,
 NULL AS `event`,
 NULL AS `event_at`,
 NULL AS `credits`,
 NULL AS `records`,
 NULL AS `basis` */;
SET character_set_client = @saved_cs_client;
DROP TABLE IF EXISTS `daily_credit_usage`;
/*!50001 DROP VIEW IF EXISTS `daily_credit_usage`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `daily_credit_usage` AS SELECT
 NULL AS `account`,
 NULL AS `day`,
 NULL AS `credits_charged`,
 NULL AS `credits_refunded`,
 NULL AS `credits_net`,
 NULL AS `records_charged`,
 NULL AS `jobs_charged` */;
SET character_set_client = @saved_cs_client;
DROP TABLE IF EXISTS `data_freshness`;
/*!50001 DROP VIEW IF EXISTS `data_freshness`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `data_freshness` AS SELECT
 NULL AS `account`,
 NULL AS `last_complete_at`,
 NULL AS `last_run_at`,
 NULL AS `last_run_status`,
 NULL AS `newest_job_at`,
 NULL AS `jobs_known`,
 NULL AS `jobs_in_flight`,
 NULL AS `jobs_waiting`,
 NULL AS `jobs_exported`,
 NULL AS `jobs_unreconciled`,
 NULL AS `records`,
 NULL AS `open_rejects` */;
SET character_set_client = @saved_cs_client;
DROP TABLE IF EXISTS `ecore_meta`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `ecore_meta` (
  `name` varchar(255) NOT NULL COMMENT 'Name of the entry.',
  `value` longtext DEFAULT NULL COMMENT 'Its value.',
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin COMMENT='What the destination knows of itself: schema version, privacy mode, key fingerprint.';
/*!40101 SET character_set_client = @saved_cs_client */;

/*!40000 ALTER TABLE `ecore_meta` DISABLE KEYS */;
INSERT INTO `ecore_meta` VALUES
('erasure_key','c148897280b30232935facee7c8d9dc1539ce83727e26a7ba20588a711c2da5d'),
('privacy_mode','keep'),
('schema_version','1'),
('view:credit_events','edce9e35586c3859dc021e6c'),
('view:daily_credit_usage','efcd70fff2dd3752497114ff'),
('view:data_freshness','b2257964ca4a761444b74fe3'),
('view:job_turnaround','c97ccb7b08c169ab15e4c35d'),
('view:latest_email_status','7cd6a39c046a6f69a27efc47'),
('view:list_quality','46a2227817642a0e75f3e1f7'),
('view:validator_mix','94884218152c1b1ee0753868'),
('views_tz','UTC');
/*!40000 ALTER TABLE `ecore_meta` ENABLE KEYS */;
DROP TABLE IF EXISTS `ecore_suppressions`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `ecore_suppressions` (
  `email_hash` varchar(255) NOT NULL COMMENT 'Hash of the erased address.',
  `suppressed_at` datetime(6) NOT NULL COMMENT 'When it was erased.',
  PRIMARY KEY (`email_hash`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin COMMENT='Hashes of erased addresses, which later syncs keep out.';
/*!40101 SET character_set_client = @saved_cs_client */;

/*!40000 ALTER TABLE `ecore_suppressions` DISABLE KEYS */;
INSERT INTO `ecore_suppressions` VALUES
('0e7124450691b767f6035a7d3f7a36e7bc76a01aeca331533471792553bf8813','2026-11-28 19:24:52.078456');
/*!40000 ALTER TABLE `ecore_suppressions` ENABLE KEYS */;
DROP TABLE IF EXISTS `job_history`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `job_history` (
  `account` varchar(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
  `job_id` bigint(20) NOT NULL COMMENT 'The job''s primary key at eCore.',
  `valid_from` datetime(6) NOT NULL COMMENT 'When this state was read.',
  `valid_to` datetime(6) DEFAULT NULL COMMENT 'When the next state was read; null for the current one.',
  `job_uuid` longtext NOT NULL COMMENT 'The job''s UUID4.',
  `list_name` longtext DEFAULT NULL COMMENT 'Display label of the list.',
  `status` longtext NOT NULL COMMENT 'Uploading, Processing, Processed or Failed; an open set, unknown values are kept.',
  `is_final` tinyint(1) NOT NULL COMMENT 'Whether the status is Processed or Failed.',
  `total_records` bigint(20) DEFAULT NULL COMMENT 'Unique addresses in the job.',
  `valid_count` bigint(20) DEFAULT NULL COMMENT 'Records with status Valid.',
  `invalid_count` bigint(20) DEFAULT NULL COMMENT 'Records with status Invalid.',
  `unknown_count` bigint(20) DEFAULT NULL COMMENT 'Records with status Unknown.',
  `other_count` bigint(20) DEFAULT NULL COMMENT 'total_records less the three counters: records that are Pending or Error.',
  `processed_count` bigint(20) DEFAULT NULL COMMENT 'Records processed so far, from results_summary.',
  `total_credits_charged` decimal(28,6) DEFAULT NULL COMMENT 'Net charge after refunds for addresses that are not Valid.',
  `credits_charged_at` datetime(6) DEFAULT NULL COMMENT 'When the upfront charge was applied.',
  `created_at` datetime(6) NOT NULL COMMENT 'When the job was created.',
  `started_at` datetime(6) DEFAULT NULL COMMENT 'When a worker picked the job up.',
  `completed_at` datetime(6) DEFAULT NULL COMMENT 'When the job finished or failed.',
  `duration` longtext DEFAULT NULL COMMENT 'Rounded text for people, as given, such as `1m 16s`.',
  `results_summary` longtext DEFAULT NULL COMMENT '`processed/total`, as given, such as `250/250`.',
  `queue_seconds` double DEFAULT NULL COMMENT 'From created_at to started_at.',
  `processing_seconds` double DEFAULT NULL COMMENT 'From started_at to completed_at.',
  `deleted_at` datetime(6) DEFAULT NULL COMMENT 'When the job was found to be gone (404); null while it exists.',
  `run_id` longtext NOT NULL COMMENT 'The sync run that observed this state.',
  PRIMARY KEY (`account`,`job_id`,`valid_from`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin COMMENT='One row per observed change of a job.';
/*!40101 SET character_set_client = @saved_cs_client */;

/*!40000 ALTER TABLE `job_history` DISABLE KEYS */;
INSERT INTO `job_history` VALUES
('default',1,'2026-11-28 19:24:50.813491',NULL,'f8a1c3e5-9b2d-4e6f-a8c1-000000000001','Kundenliste Größe 😀','Processed',1,3,1,1,0,1,3,1.123456,'2026-05-06 11:42:08.913000','2026-05-01 00:00:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','3/3',2547721.22,76.66,NULL,'01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,'2026-11-28 19:24:50.813491',NULL,'f8a1c3e5-9b2d-4e6f-a8c1-000000000002','List 2','Processed',1,130,52,26,26,26,130,123456789.123456,'2026-05-06 11:42:08.913000','2026-05-01 00:01:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','130/130',2547661.22,76.66,NULL,'01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',3,'2026-11-28 19:24:50.813491','2026-11-28 19:24:53.164177','f8a1c3e5-9b2d-4e6f-a8c1-000000000003','List 3','Processing',0,120,48,24,24,24,120,120.000000,'2026-05-06 11:42:08.913000','2026-05-01 00:02:00.000000','2026-05-30 11:42:01.220000',NULL,'1m 16s','120/120',2547601.22,NULL,NULL,'01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',3,'2026-11-28 19:24:53.164177',NULL,'f8a1c3e5-9b2d-4e6f-a8c1-000000000003','List 3','Processed',1,120,48,24,24,24,120,48.000000,'2026-05-06 11:42:08.913000','2026-05-01 00:02:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','120/120',2547601.22,76.66,NULL,'01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',4,'2026-11-28 19:24:50.813491',NULL,'f8a1c3e5-9b2d-4e6f-a8c1-000000000004','List 4','Processed',1,7,7,2,1,-3,7,3.000000,'2026-05-06 11:42:08.913000','2026-05-01 00:03:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','7/7',2547541.22,76.66,NULL,'01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',5,'2026-11-28 19:24:50.813491','2026-11-28 19:24:53.593516','f8a1c3e5-9b2d-4e6f-a8c1-000000000005','List 5','Processed',1,2,1,1,0,0,2,1.000000,'2026-05-06 11:42:08.913000','2026-05-01 00:04:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','2/2',2547481.22,76.66,NULL,'01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',5,'2026-11-28 19:24:53.593516',NULL,'f8a1c3e5-9b2d-4e6f-a8c1-000000000005','List 5','Processed',1,2,1,1,0,0,2,1.000000,'2026-05-06 11:42:08.913000','2026-05-01 00:04:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','2/2',2547481.22,76.66,'2026-11-28 19:24:53.593516','01a2239e-1436-7463-baa2-51290c13fbf5');
/*!40000 ALTER TABLE `job_history` ENABLE KEYS */;
DROP TABLE IF EXISTS `job_turnaround`;
/*!50001 DROP VIEW IF EXISTS `job_turnaround`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `job_turnaround` AS SELECT
 NULL AS `account`,
 NULL AS `job_id`,
 NULL AS `list_name`,
 NULL AS `status`,
 NULL AS `total_records`,
 NULL AS `created_at`,
 NULL AS `started_at`,
 NULL AS `completed_at`,
 NULL AS `queue_seconds`,
 NULL AS `processing_seconds`,
 NULL AS `total_seconds`,
 NULL AS `records_per_second` */;
SET character_set_client = @saved_cs_client;
DROP TABLE IF EXISTS `jobs`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `jobs` (
  `account` varchar(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
  `job_id` bigint(20) NOT NULL COMMENT 'The job''s primary key at eCore.',
  `job_uuid` longtext NOT NULL COMMENT 'The job''s UUID4.',
  `list_name` longtext DEFAULT NULL COMMENT 'Display label of the list.',
  `status` longtext NOT NULL COMMENT 'Uploading, Processing, Processed or Failed; an open set, unknown values are kept.',
  `is_final` tinyint(1) NOT NULL COMMENT 'Whether the status is Processed or Failed.',
  `total_records` bigint(20) DEFAULT NULL COMMENT 'Unique addresses in the job.',
  `valid_count` bigint(20) DEFAULT NULL COMMENT 'Records with status Valid.',
  `invalid_count` bigint(20) DEFAULT NULL COMMENT 'Records with status Invalid.',
  `unknown_count` bigint(20) DEFAULT NULL COMMENT 'Records with status Unknown.',
  `other_count` bigint(20) DEFAULT NULL COMMENT 'total_records less the three counters: records that are Pending or Error.',
  `processed_count` bigint(20) DEFAULT NULL COMMENT 'Records processed so far, from results_summary.',
  `total_credits_charged` decimal(28,6) DEFAULT NULL COMMENT 'Net charge after refunds for addresses that are not Valid.',
  `credits_charged_at` datetime(6) DEFAULT NULL COMMENT 'When the upfront charge was applied.',
  `created_at` datetime(6) NOT NULL COMMENT 'When the job was created.',
  `started_at` datetime(6) DEFAULT NULL COMMENT 'When a worker picked the job up.',
  `completed_at` datetime(6) DEFAULT NULL COMMENT 'When the job finished or failed.',
  `duration` longtext DEFAULT NULL COMMENT 'Rounded text for people, as given, such as `1m 16s`.',
  `results_summary` longtext DEFAULT NULL COMMENT '`processed/total`, as given, such as `250/250`.',
  `queue_seconds` double DEFAULT NULL COMMENT 'From created_at to started_at.',
  `processing_seconds` double DEFAULT NULL COMMENT 'From started_at to completed_at.',
  `records_exported` bigint(20) DEFAULT NULL COMMENT 'Rows of this job in `records`; null until its records are exported.',
  `is_reconciled` tinyint(1) DEFAULT NULL COMMENT 'Whether the exported records agree with the API''s counters; null until exported.',
  `first_seen_at` datetime(6) NOT NULL COMMENT 'When a run first saw the job.',
  `changed_at` datetime(6) NOT NULL COMMENT 'When a run last saw something of the above, up to processing_seconds, change.',
  `checked_at` datetime(6) NOT NULL COMMENT 'When the row was last written after a look at the API.',
  `deleted_at` datetime(6) DEFAULT NULL COMMENT 'When the job was found to be gone (404); null while it exists.',
  `run_id` longtext NOT NULL COMMENT 'The sync run that last changed this row.',
  PRIMARY KEY (`account`,`job_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin COMMENT='The latest known state of each job.';
/*!40101 SET character_set_client = @saved_cs_client */;

/*!40000 ALTER TABLE `jobs` DISABLE KEYS */;
INSERT INTO `jobs` VALUES
('default',1,'f8a1c3e5-9b2d-4e6f-a8c1-000000000001','Kundenliste Größe 😀','Processed',1,3,1,1,0,1,3,1.123456,'2026-05-06 11:42:08.913000','2026-05-01 00:00:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','3/3',2547721.22,76.66,3,1,'2026-11-28 19:24:50.813491','2026-11-28 19:24:50.813491','2026-11-28 19:24:51.189232',NULL,'01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,'f8a1c3e5-9b2d-4e6f-a8c1-000000000002','List 2','Processed',1,130,52,26,26,26,130,123456789.123456,'2026-05-06 11:42:08.913000','2026-05-01 00:01:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','130/130',2547661.22,76.66,130,1,'2026-11-28 19:24:50.813491','2026-11-28 19:24:50.813491','2026-11-28 19:24:51.292883',NULL,'01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',3,'f8a1c3e5-9b2d-4e6f-a8c1-000000000003','List 3','Processed',1,120,48,24,24,24,120,48.000000,'2026-05-06 11:42:08.913000','2026-05-01 00:02:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','120/120',2547601.22,76.66,120,1,'2026-11-28 19:24:50.813491','2026-11-28 19:24:53.164177','2026-11-28 19:24:54.173832',NULL,'01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',4,'f8a1c3e5-9b2d-4e6f-a8c1-000000000004','List 4','Processed',1,7,7,2,1,-3,7,3.000000,'2026-05-06 11:42:08.913000','2026-05-01 00:03:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','7/7',2547541.22,76.66,NULL,NULL,'2026-11-28 19:24:50.813491','2026-11-28 19:24:50.813491','2026-11-28 19:24:50.813491',NULL,'01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',5,'f8a1c3e5-9b2d-4e6f-a8c1-000000000005','List 5','Processed',1,2,1,1,0,0,2,1.000000,'2026-05-06 11:42:08.913000','2026-05-01 00:04:00.000000','2026-05-30 11:42:01.220000','2026-05-30 11:43:17.880000','1m 16s','2/2',2547481.22,76.66,2,1,'2026-11-28 19:24:50.813491','2026-11-28 19:24:53.593516','2026-11-28 19:24:53.593516','2026-11-28 19:24:53.593516','01a2239e-1436-7463-baa2-51290c13fbf5');
/*!40000 ALTER TABLE `jobs` ENABLE KEYS */;
DROP TABLE IF EXISTS `latest_email_status`;
/*!50001 DROP VIEW IF EXISTS `latest_email_status`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `latest_email_status` AS SELECT
 NULL AS `account`,
 NULL AS `email`,
 NULL AS `email_hash`,
 NULL AS `email_domain`,
 NULL AS `status`,
 NULL AS `validator_used`,
 NULL AS `is_cached`,
 NULL AS `processed_at`,
 NULL AS `job_id`,
 NULL AS `record_id` */;
SET character_set_client = @saved_cs_client;
DROP TABLE IF EXISTS `list_quality`;
/*!50001 DROP VIEW IF EXISTS `list_quality`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `list_quality` AS SELECT
 NULL AS `account`,
 NULL AS `list_name`,
 NULL AS `jobs`,
 NULL AS `total_records`,
 NULL AS `valid_count`,
 NULL AS `invalid_count`,
 NULL AS `unknown_count`,
 NULL AS `other_count`,
 NULL AS `valid_rate`,
 NULL AS `invalid_rate`,
 NULL AS `unknown_rate`,
 NULL AS `credits_net`,
 NULL AS `credits_per_valid`,
 NULL AS `first_job_at`,
 NULL AS `last_job_at` */;
SET character_set_client = @saved_cs_client;
DROP TABLE IF EXISTS `records`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `records` (
  `account` varchar(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
  `job_id` bigint(20) NOT NULL COMMENT 'The job''s primary key at eCore.',
  `record_id` bigint(20) NOT NULL COMMENT 'The record''s primary key at eCore.',
  `ec_id` longtext DEFAULT NULL COMMENT 'The caller''s own identifier, from the uploaded file''s ec_id column.',
  `email` longtext DEFAULT NULL COMMENT 'The address; null in the privacy modes hash and drop.',
  `email_hash` longtext DEFAULT NULL COMMENT 'Keyed hash of the address (HMAC-SHA256, hex); only in the privacy mode hash.',
  `email_domain` longtext DEFAULT NULL COMMENT 'What follows the last @ of the address, in lower case.',
  `status` longtext NOT NULL COMMENT 'Pending, Valid, Invalid, Unknown or Error; an open set, unknown values are kept.',
  `validator_used` longtext DEFAULT NULL COMMENT 'The stage of the validation cascade that gave the final answer; an open set.',
  `is_cached` tinyint(1) DEFAULT NULL COMMENT 'Answered from the validator''s 30-day cache.',
  `error_message` longtext DEFAULT NULL COMMENT 'Why the record is in Error.',
  `processed_at` datetime(6) DEFAULT NULL COMMENT 'When the final status came.',
  `job_created_at` datetime(6) NOT NULL COMMENT 'created_at of the job, so that records can be cut by time.',
  `run_id` longtext NOT NULL COMMENT 'The sync run that last changed this row.',
  PRIMARY KEY (`account`,`job_id`,`record_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin COMMENT='One row per address of a final job.';
/*!40101 SET character_set_client = @saved_cs_client */;

/*!40000 ALTER TABLE `records` DISABLE KEYS */;
INSERT INTO `records` VALUES
('default',1,101,'0007','müller@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412345','2026-05-01 00:00:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',1,102,NULL,NULL,NULL,NULL,'Invalid',NULL,0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:00:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',1,103,NULL,'o\'neil@example.net',NULL,'example.net','Error','ZeroBounce',0,'it said \"no\"; ask others','2026-05-06 11:42:31.412000','2026-05-01 00:00:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000001,NULL,'person2000001@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000002,NULL,'person2000002@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000003,NULL,'person2000003@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000004,NULL,'person2000004@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000005,NULL,'person2000005@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000006,NULL,'person2000006@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000007,NULL,'person2000007@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000008,NULL,'person2000008@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000009,NULL,'person2000009@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000010,NULL,'person2000010@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000011,NULL,'person2000011@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000012,NULL,'person2000012@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000013,NULL,'person2000013@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000014,NULL,'person2000014@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000015,NULL,'person2000015@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000016,NULL,'person2000016@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000017,NULL,'person2000017@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000018,NULL,'person2000018@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000019,NULL,'person2000019@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000020,NULL,'person2000020@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000021,NULL,'person2000021@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000022,NULL,'person2000022@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000023,NULL,'person2000023@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000024,NULL,'person2000024@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000025,NULL,'person2000025@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000026,NULL,'person2000026@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000027,NULL,'person2000027@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000028,NULL,'person2000028@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000029,NULL,'person2000029@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000030,NULL,'person2000030@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000031,NULL,'person2000031@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000032,NULL,'person2000032@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000033,NULL,'person2000033@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000034,NULL,'person2000034@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000035,NULL,'person2000035@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000036,NULL,'person2000036@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000037,NULL,'person2000037@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000038,NULL,'person2000038@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000039,NULL,'person2000039@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000040,NULL,'person2000040@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000041,NULL,'person2000041@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000042,NULL,'person2000042@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000043,NULL,'person2000043@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000044,NULL,'person2000044@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000045,NULL,'person2000045@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000046,NULL,'person2000046@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000047,NULL,'person2000047@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000048,NULL,'person2000048@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000049,NULL,'person2000049@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000050,NULL,'person2000050@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000051,NULL,'person2000051@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000052,NULL,'person2000052@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000053,NULL,'person2000053@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000054,NULL,'person2000054@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000055,NULL,'person2000055@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000056,NULL,'person2000056@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000057,NULL,'person2000057@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000058,NULL,'person2000058@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000059,NULL,'person2000059@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000060,NULL,'person2000060@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000061,NULL,'person2000061@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000062,NULL,'person2000062@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000063,NULL,'person2000063@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000064,NULL,'person2000064@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000065,NULL,'person2000065@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000066,NULL,'person2000066@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000067,NULL,'person2000067@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000068,NULL,'person2000068@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000069,NULL,'person2000069@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000070,NULL,'person2000070@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000071,NULL,'person2000071@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000072,NULL,'person2000072@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000073,NULL,'person2000073@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000074,NULL,'person2000074@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000075,NULL,'person2000075@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000076,NULL,'person2000076@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000077,NULL,'person2000077@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000078,NULL,'person2000078@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000079,NULL,'person2000079@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000080,NULL,'person2000080@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000081,NULL,'person2000081@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000082,NULL,'person2000082@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000083,NULL,'person2000083@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000084,NULL,'person2000084@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000085,NULL,'person2000085@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000086,NULL,'person2000086@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000087,NULL,'person2000087@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000088,NULL,'person2000088@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000089,NULL,'person2000089@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000090,NULL,'person2000090@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000091,NULL,'person2000091@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000092,NULL,'person2000092@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000093,NULL,'person2000093@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000094,NULL,'person2000094@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000095,NULL,'person2000095@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000096,NULL,'person2000096@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000097,NULL,'person2000097@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000098,NULL,'person2000098@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000099,NULL,'person2000099@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000100,NULL,'person2000100@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000101,NULL,'person2000101@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000102,NULL,'person2000102@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000103,NULL,'person2000103@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000104,NULL,'person2000104@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000105,NULL,'person2000105@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000106,NULL,'person2000106@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000107,NULL,'person2000107@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000108,NULL,'person2000108@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000109,NULL,'person2000109@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000110,NULL,'person2000110@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000111,NULL,'person2000111@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000112,NULL,'person2000112@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000113,NULL,'person2000113@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000114,NULL,'person2000114@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000115,NULL,'person2000115@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000116,NULL,'person2000116@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000117,NULL,'person2000117@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000118,NULL,'person2000118@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000119,NULL,'person2000119@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000120,NULL,'person2000120@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000121,NULL,'person2000121@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000122,NULL,'person2000122@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000123,NULL,'person2000123@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000124,NULL,'person2000124@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000125,NULL,'person2000125@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000126,NULL,'person2000126@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000127,NULL,'person2000127@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000128,NULL,'person2000128@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000129,NULL,'person2000129@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',2,2000130,NULL,'person2000130@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:01:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',3,3000001,NULL,'person3000001@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000002,NULL,'person3000002@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000003,NULL,'person3000003@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000004,NULL,'person3000004@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000005,NULL,'person3000005@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000006,NULL,'person3000006@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000007,NULL,'person3000007@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000008,NULL,'person3000008@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000009,NULL,'person3000009@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000010,NULL,'person3000010@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000011,NULL,'person3000011@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000012,NULL,'person3000012@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000013,NULL,'person3000013@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000014,NULL,'person3000014@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000015,NULL,'person3000015@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000016,NULL,'person3000016@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000017,NULL,'person3000017@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000018,NULL,'person3000018@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000019,NULL,'person3000019@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000020,NULL,'person3000020@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000021,NULL,'person3000021@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000022,NULL,'person3000022@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000023,NULL,'person3000023@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000024,NULL,'person3000024@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000025,NULL,'person3000025@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000026,NULL,'person3000026@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000027,NULL,'person3000027@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000028,NULL,'person3000028@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000029,NULL,'person3000029@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000030,NULL,'person3000030@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000031,NULL,'person3000031@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000032,NULL,'person3000032@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000033,NULL,'person3000033@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000034,NULL,'person3000034@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000035,NULL,'person3000035@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000036,NULL,'person3000036@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000037,NULL,'person3000037@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000038,NULL,'person3000038@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000039,NULL,'person3000039@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000040,NULL,'person3000040@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000041,NULL,'person3000041@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000042,NULL,'person3000042@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000043,NULL,'person3000043@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000044,NULL,'person3000044@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000045,NULL,'person3000045@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000046,NULL,'person3000046@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000047,NULL,'person3000047@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000048,NULL,'person3000048@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000049,NULL,'person3000049@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000050,NULL,'person3000050@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000051,NULL,'person3000051@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000052,NULL,'person3000052@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000053,NULL,'person3000053@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000054,NULL,'person3000054@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000055,NULL,'person3000055@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000056,NULL,'person3000056@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000057,NULL,'person3000057@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000058,NULL,'person3000058@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000059,NULL,'person3000059@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000060,NULL,'person3000060@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000061,NULL,'person3000061@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000062,NULL,'person3000062@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000063,NULL,'person3000063@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000064,NULL,'person3000064@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000065,NULL,'person3000065@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000066,NULL,'person3000066@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000067,NULL,'person3000067@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000068,NULL,'person3000068@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000069,NULL,'person3000069@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000070,NULL,'person3000070@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000071,NULL,'person3000071@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000072,NULL,'person3000072@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000073,NULL,'person3000073@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000074,NULL,'person3000074@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000075,NULL,'person3000075@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000076,NULL,'person3000076@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000077,NULL,'person3000077@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000078,NULL,'person3000078@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000079,NULL,'person3000079@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000080,NULL,'person3000080@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000081,NULL,'person3000081@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000082,NULL,'person3000082@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000083,NULL,'person3000083@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000084,NULL,'person3000084@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000085,NULL,'person3000085@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000086,NULL,'person3000086@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000087,NULL,'person3000087@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000088,NULL,'person3000088@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000089,NULL,'person3000089@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000090,NULL,'person3000090@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000091,NULL,'person3000091@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000092,NULL,'person3000092@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000093,NULL,'person3000093@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000094,NULL,'person3000094@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000095,NULL,'person3000095@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000096,NULL,'person3000096@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000097,NULL,'person3000097@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000098,NULL,'person3000098@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000099,NULL,'person3000099@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000100,NULL,'person3000100@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000101,NULL,'person3000101@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000102,NULL,'person3000102@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000103,NULL,'person3000103@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000104,NULL,'person3000104@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000105,NULL,'person3000105@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000106,NULL,'person3000106@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000107,NULL,'person3000107@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000108,NULL,'person3000108@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000109,NULL,'person3000109@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000110,NULL,'person3000110@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000111,NULL,'person3000111@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000112,NULL,'person3000112@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000113,NULL,'person3000113@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000114,NULL,'person3000114@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000115,NULL,'person3000115@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000116,NULL,'person3000116@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000117,NULL,'person3000117@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000118,NULL,'person3000118@example.com',NULL,'example.com','Unknown','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000119,NULL,'person3000119@example.com',NULL,'example.com','Error','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',3,3000120,NULL,'person3000120@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:02:00.000000','01a2239e-1436-7463-baa2-51290c13fbf5'),
('default',5,5000001,NULL,'person5000001@example.com',NULL,'example.com','Valid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:04:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10'),
('default',5,5000002,NULL,'person5000002@example.com',NULL,'example.com','Invalid','ZeroBounce',0,NULL,'2026-05-06 11:42:31.412000','2026-05-01 00:04:00.000000','01a2239e-09bc-738b-8d0e-f49b61324a10');
/*!40000 ALTER TABLE `records` ENABLE KEYS */;
DROP TABLE IF EXISTS `rejects`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `rejects` (
  `account` varchar(255) NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
  `job_id` bigint(20) NOT NULL COMMENT 'The job; 0 when even its id could not be read.',
  `record_id` bigint(20) NOT NULL COMMENT 'The example''s record; 0 when it concerns the whole job.',
  `reason` varchar(255) NOT NULL COMMENT 'Which field, and the kind of value found instead.',
  `occurrences` bigint(20) DEFAULT NULL COMMENT 'How often this was found in the job.',
  `raw` longtext DEFAULT NULL COMMENT 'An example as ASCII-escaped JSON, at most 64 KiB; obeys the privacy mode.',
  `rejected_at` datetime(6) NOT NULL COMMENT 'When this was first found.',
  `resolved_at` datetime(6) DEFAULT NULL COMMENT 'When the job was taken in after all; null while open.',
  `run_id` longtext NOT NULL COMMENT 'The run that last found it.',
  PRIMARY KEY (`account`,`job_id`,`record_id`,`reason`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin COMMENT='What could not be accepted: one row per kind of fault, with an example.';
/*!40101 SET character_set_client = @saved_cs_client */;

/*!40000 ALTER TABLE `rejects` DISABLE KEYS */;
INSERT INTO `rejects` VALUES
('default',4,0,'tallies do not add up: Valid 3 read, 7 counted',1,NULL,'2026-11-28 19:24:49.468276',NULL,'01a2239e-1436-7463-baa2-51290c13fbf5');
/*!40000 ALTER TABLE `rejects` ENABLE KEYS */;
DROP TABLE IF EXISTS `sync_runs`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `sync_runs` (
  `run_id` varchar(255) NOT NULL COMMENT 'UUIDv7 of the run: sorts by start.',
  `started_at` datetime(6) NOT NULL COMMENT 'When the run began.',
  `finished_at` datetime(6) DEFAULT NULL COMMENT 'When it ended; null while it runs.',
  `status` longtext NOT NULL COMMENT 'running, complete, partial, stopped or failed.',
  `account` longtext NOT NULL COMMENT 'Label of the eCore account, chosen by whoever exports.',
  `jobs_seen` bigint(20) DEFAULT NULL COMMENT 'Jobs read from the API.',
  `jobs_exported` bigint(20) DEFAULT NULL COMMENT 'Jobs whose records were published.',
  `jobs_changed` bigint(20) DEFAULT NULL COMMENT 'Jobs that were new or had changed.',
  `jobs_rejected` bigint(20) DEFAULT NULL COMMENT 'Jobs that went to rejects.',
  `records_written` bigint(20) DEFAULT NULL COMMENT 'Rows published to records.',
  `requests` bigint(20) DEFAULT NULL COMMENT 'HTTP requests sent, retries included.',
  `retries` bigint(20) DEFAULT NULL COMMENT 'Requests sent again after a fault.',
  `bytes_received` bigint(20) DEFAULT NULL COMMENT 'Body bytes received.',
  `drift` longtext DEFAULT NULL COMMENT 'What the API sent that its reference does not know, as JSON; null if nothing.',
  `error` longtext DEFAULT NULL COMMENT 'Why the run did not complete; null if it did.',
  `version` longtext NOT NULL COMMENT 'Version of ecore-export.',
  `destination` longtext NOT NULL COMMENT 'The destination''s URL, without secrets.',
  PRIMARY KEY (`run_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin COMMENT='One row per sync run.';
/*!40101 SET character_set_client = @saved_cs_client */;

/*!40000 ALTER TABLE `sync_runs` DISABLE KEYS */;
INSERT INTO `sync_runs` VALUES
('01a2239e-09bc-738b-8d0e-f49b61324a10','2026-11-28 19:24:49.468276','2026-11-28 19:24:51.547607','partial','default',6,3,5,1,135,9,0,41116,NULL,NULL,'0.1.0','mysql+pymysql://exporter:***@127.0.0.1:56431/test_1'),
('01a2239e-1436-7463-baa2-51290c13fbf5','2026-11-28 19:24:52.150782','2026-11-28 19:24:54.374464','partial','default',9,1,2,1,120,9,0,38578,NULL,NULL,'0.1.0','mysql+pymysql://exporter:***@127.0.0.1:56431/test_1');
/*!40000 ALTER TABLE `sync_runs` ENABLE KEYS */;
DROP TABLE IF EXISTS `validator_mix`;
/*!50001 DROP VIEW IF EXISTS `validator_mix`*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `validator_mix` AS SELECT
 NULL AS `account`,
 NULL AS `validator_used`,
 NULL AS `records`,
 NULL AS `cached_count`,
 NULL AS `valid_count`,
 NULL AS `invalid_count`,
 NULL AS `unknown_count`,
 NULL AS `error_count`,
 NULL AS `cache_share`,
 NULL AS `valid_rate` */;
SET character_set_client = @saved_cs_client;
/*!50001 DROP VIEW IF EXISTS `credit_events`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`exporter`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `credit_events` AS with priced as (select `jobs`.`account` AS `account`,`jobs`.`job_id` AS `job_id`,`jobs`.`list_name` AS `list_name`,`jobs`.`total_records` AS `total_records`,coalesce(`jobs`.`credits_charged_at`,`jobs`.`created_at`) AS `charged_at`,coalesce(`jobs`.`completed_at`,`jobs`.`changed_at`) AS `refunded_at`,case when `jobs`.`status` = 'Failed' then `jobs`.`total_records` else `jobs`.`total_records` - `jobs`.`valid_count` end AS `refunded_records`,cast(`jobs`.`total_credits_charged` * 1000000 as decimal(38,0)) AS `net`,case when `jobs`.`is_final` = 0 then cast(`jobs`.`total_credits_charged` * 1000000 as decimal(38,0)) else (select cast(`states`.`total_credits_charged` * 1000000 as decimal(38,0)) from `job_history` `states` where `states`.`account` = `jobs`.`account` and `states`.`job_id` = `jobs`.`job_id` and `states`.`is_final` = 0 and `states`.`total_credits_charged` > 0 order by `states`.`valid_from` desc limit 1) end AS `seen`,case when `jobs`.`status` = 'Processed' and `jobs`.`valid_count` > 0 then `jobs`.`valid_count` end AS `divisor` from `jobs` where `jobs`.`total_credits_charged` is not null limit 18446744073709551615), divided as (select `priced`.`account` AS `account`,`priced`.`job_id` AS `job_id`,`priced`.`list_name` AS `list_name`,`priced`.`total_records` AS `total_records`,`priced`.`charged_at` AS `charged_at`,`priced`.`refunded_at` AS `refunded_at`,`priced`.`refunded_records` AS `refunded_records`,`priced`.`net` AS `net`,`priced`.`seen` AS `seen`,`priced`.`divisor` AS `divisor`,cast((`priced`.`net` - `priced`.`net` MOD `priced`.`divisor`) / `priced`.`divisor` as decimal(38,0)) AS `rate`,`priced`.`net` MOD `priced`.`divisor` * `priced`.`total_records` AS `rest` from `priced`), shared as (select `divided`.`account` AS `account`,`divided`.`job_id` AS `job_id`,`divided`.`list_name` AS `list_name`,`divided`.`total_records` AS `total_records`,`divided`.`charged_at` AS `charged_at`,`divided`.`refunded_at` AS `refunded_at`,`divided`.`refunded_records` AS `refunded_records`,`divided`.`net` AS `net`,`divided`.`seen` AS `seen`,`divided`.`divisor` AS `divisor`,`divided`.`rate` AS `rate`,`divided`.`rest` AS `rest`,`divided`.`rate` * `divided`.`total_records` + cast((`divided`.`rest` - `divided`.`rest` MOD `divided`.`divisor`) / `divided`.`divisor` as decimal(38,0)) AS `share`,`divided`.`rest` MOD `divided`.`divisor` AS `excess` from `divided`), rounded as (select `shared`.`account` AS `account`,`shared`.`job_id` AS `job_id`,`shared`.`list_name` AS `list_name`,`shared`.`total_records` AS `total_records`,`shared`.`charged_at` AS `charged_at`,`shared`.`refunded_at` AS `refunded_at`,`shared`.`refunded_records` AS `refunded_records`,`shared`.`net` AS `net`,`shared`.`seen` AS `seen`,`shared`.`divisor` AS `divisor`,`shared`.`rate` AS `rate`,`shared`.`rest` AS `rest`,`shared`.`share` AS `share`,`shared`.`excess` AS `excess`,`shared`.`share` + case when 2 * abs(`shared`.`excess`) > `shared`.`divisor` or 2 * abs(`shared`.`excess`) = `shared`.`divisor` and `shared`.`share` MOD 2 <> 0 then case when `shared`.`excess` < 0 then -1 else 1 end else 0 end AS `derived` from `shared`), estimated as (select `rounded`.`account` AS `account`,`rounded`.`job_id` AS `job_id`,`rounded`.`list_name` AS `list_name`,`rounded`.`total_records` AS `total_records`,`rounded`.`charged_at` AS `charged_at`,`rounded`.`refunded_at` AS `refunded_at`,`rounded`.`refunded_records` AS `refunded_records`,`rounded`.`net` AS `net`,`rounded`.`seen` AS `seen`,`rounded`.`divisor` AS `divisor`,`rounded`.`rate` AS `rate`,`rounded`.`rest` AS `rest`,`rounded`.`share` AS `share`,`rounded`.`excess` AS `excess`,`rounded`.`derived` AS `derived`,coalesce(`rounded`.`seen`,`rounded`.`derived`,`rounded`.`total_records` * 1000000,`rounded`.`net`) AS `estimate`,case when `rounded`.`seen` is not null then 'observed' when `rounded`.`derived` is not null then 'derived' else 'assumed' end AS `basis` from `rounded`), charged as (select `estimated`.`account` AS `account`,`estimated`.`job_id` AS `job_id`,`estimated`.`list_name` AS `list_name`,`estimated`.`total_records` AS `total_records`,`estimated`.`charged_at` AS `charged_at`,`estimated`.`refunded_at` AS `refunded_at`,`estimated`.`refunded_records` AS `refunded_records`,`estimated`.`net` AS `net`,`estimated`.`seen` AS `seen`,`estimated`.`divisor` AS `divisor`,`estimated`.`rate` AS `rate`,`estimated`.`rest` AS `rest`,`estimated`.`share` AS `share`,`estimated`.`excess` AS `excess`,`estimated`.`derived` AS `derived`,`estimated`.`estimate` AS `estimate`,`estimated`.`basis` AS `basis`,case when `estimated`.`estimate` < `estimated`.`net` then `estimated`.`net` else `estimated`.`estimate` end AS `upfront` from `estimated`), events as (select `charged`.`account` AS `account`,`charged`.`job_id` AS `job_id`,`charged`.`list_name` AS `list_name`,'charge' AS `event`,`charged`.`charged_at` AS `event_at`,`charged`.`upfront` AS `micro`,`charged`.`total_records` AS `records`,`charged`.`basis` AS `basis` from `charged` where `charged`.`upfront` <> 0 union all select `charged`.`account` AS `account`,`charged`.`job_id` AS `job_id`,`charged`.`list_name` AS `list_name`,'refund' AS `event`,`charged`.`refunded_at` AS `event_at`,`charged`.`net` - `charged`.`upfront` AS `micro`,`charged`.`refunded_records` AS `records`,`charged`.`basis` AS `basis` from `charged` where `charged`.`upfront` <> `charged`.`net`)select `events`.`account` AS `account`,`events`.`job_id` AS `job_id`,`events`.`list_name` AS `list_name`,`events`.`event` AS `event`,`events`.`event_at` AS `event_at`,cast(`events`.`micro` * 0.000001 as decimal(28,6)) AS `credits`,`events`.`records` AS `records`,`events`.`basis` AS `basis` from `events` */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!50001 DROP VIEW IF EXISTS `daily_credit_usage`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`exporter`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `daily_credit_usage` AS with priced as (select `jobs`.`account` AS `account`,`jobs`.`job_id` AS `job_id`,`jobs`.`list_name` AS `list_name`,`jobs`.`total_records` AS `total_records`,coalesce(`jobs`.`credits_charged_at`,`jobs`.`created_at`) AS `charged_at`,coalesce(`jobs`.`completed_at`,`jobs`.`changed_at`) AS `refunded_at`,case when `jobs`.`status` = 'Failed' then `jobs`.`total_records` else `jobs`.`total_records` - `jobs`.`valid_count` end AS `refunded_records`,cast(`jobs`.`total_credits_charged` * 1000000 as decimal(38,0)) AS `net`,case when `jobs`.`is_final` = 0 then cast(`jobs`.`total_credits_charged` * 1000000 as decimal(38,0)) else (select cast(`states`.`total_credits_charged` * 1000000 as decimal(38,0)) from `job_history` `states` where `states`.`account` = `jobs`.`account` and `states`.`job_id` = `jobs`.`job_id` and `states`.`is_final` = 0 and `states`.`total_credits_charged` > 0 order by `states`.`valid_from` desc limit 1) end AS `seen`,case when `jobs`.`status` = 'Processed' and `jobs`.`valid_count` > 0 then `jobs`.`valid_count` end AS `divisor` from `jobs` where `jobs`.`total_credits_charged` is not null limit 18446744073709551615), divided as (select `priced`.`account` AS `account`,`priced`.`job_id` AS `job_id`,`priced`.`list_name` AS `list_name`,`priced`.`total_records` AS `total_records`,`priced`.`charged_at` AS `charged_at`,`priced`.`refunded_at` AS `refunded_at`,`priced`.`refunded_records` AS `refunded_records`,`priced`.`net` AS `net`,`priced`.`seen` AS `seen`,`priced`.`divisor` AS `divisor`,cast((`priced`.`net` - `priced`.`net` MOD `priced`.`divisor`) / `priced`.`divisor` as decimal(38,0)) AS `rate`,`priced`.`net` MOD `priced`.`divisor` * `priced`.`total_records` AS `rest` from `priced`), shared as (select `divided`.`account` AS `account`,`divided`.`job_id` AS `job_id`,`divided`.`list_name` AS `list_name`,`divided`.`total_records` AS `total_records`,`divided`.`charged_at` AS `charged_at`,`divided`.`refunded_at` AS `refunded_at`,`divided`.`refunded_records` AS `refunded_records`,`divided`.`net` AS `net`,`divided`.`seen` AS `seen`,`divided`.`divisor` AS `divisor`,`divided`.`rate` AS `rate`,`divided`.`rest` AS `rest`,`divided`.`rate` * `divided`.`total_records` + cast((`divided`.`rest` - `divided`.`rest` MOD `divided`.`divisor`) / `divided`.`divisor` as decimal(38,0)) AS `share`,`divided`.`rest` MOD `divided`.`divisor` AS `excess` from `divided`), rounded as (select `shared`.`account` AS `account`,`shared`.`job_id` AS `job_id`,`shared`.`list_name` AS `list_name`,`shared`.`total_records` AS `total_records`,`shared`.`charged_at` AS `charged_at`,`shared`.`refunded_at` AS `refunded_at`,`shared`.`refunded_records` AS `refunded_records`,`shared`.`net` AS `net`,`shared`.`seen` AS `seen`,`shared`.`divisor` AS `divisor`,`shared`.`rate` AS `rate`,`shared`.`rest` AS `rest`,`shared`.`share` AS `share`,`shared`.`excess` AS `excess`,`shared`.`share` + case when 2 * abs(`shared`.`excess`) > `shared`.`divisor` or 2 * abs(`shared`.`excess`) = `shared`.`divisor` and `shared`.`share` MOD 2 <> 0 then case when `shared`.`excess` < 0 then -1 else 1 end else 0 end AS `derived` from `shared`), estimated as (select `rounded`.`account` AS `account`,`rounded`.`job_id` AS `job_id`,`rounded`.`list_name` AS `list_name`,`rounded`.`total_records` AS `total_records`,`rounded`.`charged_at` AS `charged_at`,`rounded`.`refunded_at` AS `refunded_at`,`rounded`.`refunded_records` AS `refunded_records`,`rounded`.`net` AS `net`,`rounded`.`seen` AS `seen`,`rounded`.`divisor` AS `divisor`,`rounded`.`rate` AS `rate`,`rounded`.`rest` AS `rest`,`rounded`.`share` AS `share`,`rounded`.`excess` AS `excess`,`rounded`.`derived` AS `derived`,coalesce(`rounded`.`seen`,`rounded`.`derived`,`rounded`.`total_records` * 1000000,`rounded`.`net`) AS `estimate`,case when `rounded`.`seen` is not null then 'observed' when `rounded`.`derived` is not null then 'derived' else 'assumed' end AS `basis` from `rounded`), charged as (select `estimated`.`account` AS `account`,`estimated`.`job_id` AS `job_id`,`estimated`.`list_name` AS `list_name`,`estimated`.`total_records` AS `total_records`,`estimated`.`charged_at` AS `charged_at`,`estimated`.`refunded_at` AS `refunded_at`,`estimated`.`refunded_records` AS `refunded_records`,`estimated`.`net` AS `net`,`estimated`.`seen` AS `seen`,`estimated`.`divisor` AS `divisor`,`estimated`.`rate` AS `rate`,`estimated`.`rest` AS `rest`,`estimated`.`share` AS `share`,`estimated`.`excess` AS `excess`,`estimated`.`derived` AS `derived`,`estimated`.`estimate` AS `estimate`,`estimated`.`basis` AS `basis`,case when `estimated`.`estimate` < `estimated`.`net` then `estimated`.`net` else `estimated`.`estimate` end AS `upfront` from `estimated`), events as (select `charged`.`account` AS `account`,`charged`.`job_id` AS `job_id`,`charged`.`list_name` AS `list_name`,'charge' AS `event`,`charged`.`charged_at` AS `event_at`,`charged`.`upfront` AS `micro`,`charged`.`total_records` AS `records`,`charged`.`basis` AS `basis` from `charged` where `charged`.`upfront` <> 0 union all select `charged`.`account` AS `account`,`charged`.`job_id` AS `job_id`,`charged`.`list_name` AS `list_name`,'refund' AS `event`,`charged`.`refunded_at` AS `event_at`,`charged`.`net` - `charged`.`upfront` AS `micro`,`charged`.`refunded_records` AS `records`,`charged`.`basis` AS `basis` from `charged` where `charged`.`upfront` <> `charged`.`net`), dated as (select `events`.`account` AS `account`,`events`.`job_id` AS `job_id`,`events`.`list_name` AS `list_name`,`events`.`event` AS `event`,`events`.`event_at` AS `event_at`,`events`.`micro` AS `micro`,`events`.`records` AS `records`,`events`.`basis` AS `basis`,cast(`events`.`event_at` + interval 0 second as date) AS `day` from `events`)select `dated`.`account` AS `account`,`dated`.`day` AS `day`,cast(sum(case `dated`.`event` when 'charge' then `dated`.`micro` else 0 end) * 0.000001 as decimal(28,6)) AS `credits_charged`,cast(sum(case `dated`.`event` when 'refund' then -`dated`.`micro` else 0 end) * 0.000001 as decimal(28,6)) AS `credits_refunded`,cast(sum(`dated`.`micro`) * 0.000001 as decimal(28,6)) AS `credits_net`,cast(coalesce(sum(case `dated`.`event` when 'charge' then `dated`.`records` end),0) as signed) AS `records_charged`,count(case `dated`.`event` when 'charge' then 1 end) AS `jobs_charged` from `dated` group by `dated`.`account`,`dated`.`day` */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!50001 DROP VIEW IF EXISTS `data_freshness`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`exporter`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `data_freshness` AS with accounts as (select `jobs`.`account` AS `account` from `jobs` union select `sync_runs`.`account` AS `account` from `sync_runs`), known as (select `jobs`.`account` AS `account`,max(`jobs`.`created_at`) AS `newest_job_at`,count(0) AS `jobs_known`,count(case when `jobs`.`deleted_at` is null and `jobs`.`is_final` = 0 then 1 end) AS `jobs_in_flight`,count(case when `jobs`.`deleted_at` is null and `jobs`.`is_final` <> 0 and `jobs`.`records_exported` is null then 1 end) AS `jobs_waiting`,count(`jobs`.`records_exported`) AS `jobs_exported`,count(case when `jobs`.`records_exported` is not null and `jobs`.`is_reconciled` = 0 then 1 end) AS `jobs_unreconciled`,cast(coalesce(sum(`jobs`.`records_exported`),0) as signed) AS `records` from `jobs` group by `jobs`.`account`), completed as (select `sync_runs`.`account` AS `account`,max(`sync_runs`.`finished_at`) AS `last_complete_at` from `sync_runs` where `sync_runs`.`status` = 'complete' group by `sync_runs`.`account`), newest as (select `sync_runs`.`account` AS `account`,`sync_runs`.`started_at` AS `started_at`,`sync_runs`.`status` AS `status`,row_number() over ( partition by `sync_runs`.`account` order by `sync_runs`.`started_at` desc,`sync_runs`.`run_id` desc) AS `place` from `sync_runs`), refused as (select `rejects`.`account` AS `account`,count(0) AS `open_rejects` from `rejects` where `rejects`.`resolved_at` is null group by `rejects`.`account`)select `accounts`.`account` AS `account`,`completed`.`last_complete_at` AS `last_complete_at`,`newest`.`started_at` AS `last_run_at`,`newest`.`status` AS `last_run_status`,`known`.`newest_job_at` AS `newest_job_at`,coalesce(`known`.`jobs_known`,0) AS `jobs_known`,coalesce(`known`.`jobs_in_flight`,0) AS `jobs_in_flight`,coalesce(`known`.`jobs_waiting`,0) AS `jobs_waiting`,coalesce(`known`.`jobs_exported`,0) AS `jobs_exported`,coalesce(`known`.`jobs_unreconciled`,0) AS `jobs_unreconciled`,coalesce(`known`.`records`,0) AS `records`,coalesce(`refused`.`open_rejects`,0) AS `open_rejects` from ((((`accounts` left join `known` on(`known`.`account` = `accounts`.`account`)) left join `completed` on(`completed`.`account` = `accounts`.`account`)) left join `newest` on(`newest`.`account` = `accounts`.`account` and `newest`.`place` = 1)) left join `refused` on(`refused`.`account` = `accounts`.`account`)) */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!50001 DROP VIEW IF EXISTS `job_turnaround`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`exporter`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `job_turnaround` AS select `jobs`.`account` AS `account`,`jobs`.`job_id` AS `job_id`,`jobs`.`list_name` AS `list_name`,`jobs`.`status` AS `status`,`jobs`.`total_records` AS `total_records`,`jobs`.`created_at` AS `created_at`,`jobs`.`started_at` AS `started_at`,`jobs`.`completed_at` AS `completed_at`,`jobs`.`queue_seconds` AS `queue_seconds`,`jobs`.`processing_seconds` AS `processing_seconds`,cast(timestampdiff(MICROSECOND,`jobs`.`created_at`,`jobs`.`completed_at`) as double) / 1000000 AS `total_seconds`,cast(`jobs`.`total_records` as double) / nullif(`jobs`.`processing_seconds`,0) AS `records_per_second` from `jobs` where `jobs`.`is_final` <> 0 */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!50001 DROP VIEW IF EXISTS `latest_email_status`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`exporter`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `latest_email_status` AS with verdicts as (select `records`.`account` AS `account`,`records`.`email` AS `email`,`records`.`email_hash` AS `email_hash`,`records`.`email_domain` AS `email_domain`,`records`.`status` AS `status`,`records`.`validator_used` AS `validator_used`,`records`.`is_cached` AS `is_cached`,`records`.`processed_at` AS `processed_at`,`records`.`job_id` AS `job_id`,`records`.`record_id` AS `record_id`,row_number() over ( partition by `records`.`account`,coalesce(`records`.`email`,`records`.`email_hash`) order by case when `records`.`processed_at` is null then 1 else 0 end,`records`.`processed_at` desc,`records`.`job_created_at` desc,`records`.`job_id` desc,`records`.`record_id` desc) AS `place` from `records` where `records`.`status` in ('Valid','Invalid','Unknown') and coalesce(`records`.`email`,`records`.`email_hash`) is not null)select `verdicts`.`account` AS `account`,`verdicts`.`email` AS `email`,`verdicts`.`email_hash` AS `email_hash`,`verdicts`.`email_domain` AS `email_domain`,`verdicts`.`status` AS `status`,`verdicts`.`validator_used` AS `validator_used`,`verdicts`.`is_cached` AS `is_cached`,`verdicts`.`processed_at` AS `processed_at`,`verdicts`.`job_id` AS `job_id`,`verdicts`.`record_id` AS `record_id` from `verdicts` where `verdicts`.`place` = 1 */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!50001 DROP VIEW IF EXISTS `list_quality`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`exporter`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `list_quality` AS with lists as (select `jobs`.`account` AS `account`,`jobs`.`list_name` AS `list_name`,count(0) AS `jobs`,cast(coalesce(sum(`jobs`.`total_records`),0) as signed) AS `total_records`,cast(coalesce(sum(`jobs`.`valid_count`),0) as signed) AS `valid_count`,cast(coalesce(sum(`jobs`.`invalid_count`),0) as signed) AS `invalid_count`,cast(coalesce(sum(`jobs`.`unknown_count`),0) as signed) AS `unknown_count`,cast(coalesce(sum(`jobs`.`other_count`),0) as signed) AS `other_count`,coalesce(sum(cast(`jobs`.`total_credits_charged` * 1000000 as decimal(38,0))),0) AS `net`,min(`jobs`.`created_at`) AS `first_job_at`,max(`jobs`.`created_at`) AS `last_job_at` from `jobs` where `jobs`.`status` = 'Processed' group by `jobs`.`account`,`jobs`.`list_name`)select `lists`.`account` AS `account`,`lists`.`list_name` AS `list_name`,`lists`.`jobs` AS `jobs`,`lists`.`total_records` AS `total_records`,`lists`.`valid_count` AS `valid_count`,`lists`.`invalid_count` AS `invalid_count`,`lists`.`unknown_count` AS `unknown_count`,`lists`.`other_count` AS `other_count`,cast(`lists`.`valid_count` as double) / nullif(`lists`.`total_records`,0) AS `valid_rate`,cast(`lists`.`invalid_count` as double) / nullif(`lists`.`total_records`,0) AS `invalid_rate`,cast(`lists`.`unknown_count` as double) / nullif(`lists`.`total_records`,0) AS `unknown_rate`,cast(`lists`.`net` * 0.000001 as decimal(28,6)) AS `credits_net`,cast(`lists`.`net` as double) / nullif(`lists`.`valid_count`,0) / 1000000 AS `credits_per_valid`,`lists`.`first_job_at` AS `first_job_at`,`lists`.`last_job_at` AS `last_job_at` from `lists` */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!50001 DROP VIEW IF EXISTS `validator_mix`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`exporter`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `validator_mix` AS with validators as (select `records`.`account` AS `account`,`records`.`validator_used` AS `validator_used`,count(0) AS `records`,count(case when `records`.`is_cached` then 1 end) AS `cached_count`,count(case `records`.`status` when 'Valid' then 1 end) AS `valid_count`,count(case `records`.`status` when 'Invalid' then 1 end) AS `invalid_count`,count(case `records`.`status` when 'Unknown' then 1 end) AS `unknown_count`,count(case `records`.`status` when 'Error' then 1 end) AS `error_count` from `records` group by `records`.`account`,`records`.`validator_used`)select `validators`.`account` AS `account`,`validators`.`validator_used` AS `validator_used`,`validators`.`records` AS `records`,`validators`.`cached_count` AS `cached_count`,`validators`.`valid_count` AS `valid_count`,`validators`.`invalid_count` AS `invalid_count`,`validators`.`unknown_count` AS `unknown_count`,`validators`.`error_count` AS `error_count`,cast(`validators`.`cached_count` as double) / nullif(`validators`.`records`,0) AS `cache_share`,cast(`validators`.`valid_count` as double) / nullif(`validators`.`records`,0) AS `valid_rate` from `validators` */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

