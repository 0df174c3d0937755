CREATE TABLE "agents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"roots" text[],
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "agents_kind" CHECK ("agents"."kind" in ('builtin'))
);
--> statement-breakpoint
CREATE TABLE "questions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"agent_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"input" jsonb NOT NULL,
	"state" text DEFAULT 'asked' NOT NULL,
	"answer" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"agent_id" uuid NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"heartbeat_at" timestamp with time zone DEFAULT now() NOT NULL,
	"stopped_at" timestamp with time zone,
	"rclone_version" text NOT NULL,
	"rclone_path" text NOT NULL,
	"slots" integer NOT NULL,
	"busy_slots" integer DEFAULT 0 NOT NULL,
	"disk_free" bigint
);
--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"actor_type" text NOT NULL,
	"actor_id" text NOT NULL,
	"actor_label" text NOT NULL,
	"action" text NOT NULL,
	"subject_id" text,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"actor_id" text NOT NULL,
	"key" text NOT NULL,
	"verb" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" integer DEFAULT 201 NOT NULL,
	"answer" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_actor_id_key_pk" PRIMARY KEY("actor_id","key")
);
--> statement-breakpoint
CREATE TABLE "endpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"type" text NOT NULL,
	"path" text NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"limits" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"agent_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"job_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"worker_id" uuid,
	"lease_until" timestamp with time zone,
	"base_bytes" bigint DEFAULT 0 NOT NULL,
	"base_files" bigint DEFAULT 0 NOT NULL,
	"start_after" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"cause" text,
	"message" text,
	CONSTRAINT "attempts_state_known" CHECK ("attempts"."state" in ('queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted')),
	CONSTRAINT "attempts_terminal_is_finished" CHECK (("attempts"."state" in ('queued', 'running')) = ("attempts"."finished_at" is null)),
	CONSTRAINT "attempts_running_has_lease" CHECK ("attempts"."state" <> 'running' or ("attempts"."lease_until" is not null and "attempts"."worker_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"waiting_for" text,
	"operation" text NOT NULL,
	"source_endpoint_id" uuid NOT NULL,
	"source_path" text NOT NULL,
	"destination_endpoint_id" uuid NOT NULL,
	"destination_path" text NOT NULL,
	"options" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"total_bytes" bigint DEFAULT 0 NOT NULL,
	"files" bigint DEFAULT 0 NOT NULL,
	"total_files" bigint DEFAULT 0 NOT NULL,
	"unchanged_files" bigint DEFAULT 0 NOT NULL,
	"failed_files" bigint DEFAULT 0 NOT NULL,
	"skipped_files" bigint DEFAULT 0 NOT NULL,
	"speed" bigint DEFAULT 0 NOT NULL,
	"eta_seconds" integer,
	"in_flight" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"error_cause" text,
	"error_message" text,
	"attempt" integer DEFAULT 1 NOT NULL,
	"tries" integer DEFAULT 1 NOT NULL,
	"stop_requested" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "jobs_state_known" CHECK ("jobs"."state" in ('pending', 'queued', 'running', 'retrying', 'paused', 'completed', 'failed', 'cancelled')),
	CONSTRAINT "jobs_terminal_is_finished" CHECK (("jobs"."state" in ('completed', 'failed', 'cancelled')) = ("jobs"."finished_at" is not null)),
	CONSTRAINT "jobs_waiting_is_pending" CHECK (("jobs"."waiting_for" is not null) = ("jobs"."state" = 'pending')),
	CONSTRAINT "jobs_failed_has_cause" CHECK ("jobs"."state" <> 'failed' or "jobs"."error_cause" is not null),
	CONSTRAINT "jobs_stop_is_running" CHECK ("jobs"."stop_requested" is null or ("jobs"."state" = 'running' and "jobs"."stop_requested" in ('cancel', 'pause'))),
	CONSTRAINT "jobs_operation" CHECK ("jobs"."operation" in ('copy', 'move', 'sync'))
);
--> statement-breakpoint
CREATE TABLE "log_chunks" (
	"job_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"attempt" integer NOT NULL,
	"lines" integer NOT NULL,
	"body" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "log_chunks_job_id_seq_pk" PRIMARY KEY("job_id","seq")
) PARTITION BY RANGE ("job_id");
--> statement-breakpoint
CREATE TABLE "transfers" (
	"job_id" uuid NOT NULL,
	"path_hash" uuid GENERATED ALWAYS AS (md5(path)::uuid) STORED NOT NULL,
	"path" text NOT NULL,
	"size" bigint NOT NULL,
	"state" text NOT NULL,
	"action" text NOT NULL,
	"attempt" integer NOT NULL,
	"cause" text,
	"message" text,
	"finished_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "transfers_job_id_path_hash_pk" PRIMARY KEY("job_id","path_hash")
) PARTITION BY RANGE ("job_id");
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"key_hash" text NOT NULL,
	"prefix" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_keys_key_hash_unique" UNIQUE("key_hash"),
	CONSTRAINT "api_keys_role" CHECK ("api_keys"."role" in ('owner', 'operator', 'viewer'))
);
--> statement-breakpoint
CREATE TABLE "login_sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "setup_links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp with time zone,
	CONSTRAINT "setup_links_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text DEFAULT '' NOT NULL,
	"role" text NOT NULL,
	"password_hash" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	CONSTRAINT "users_role" CHECK ("users"."role" in ('owner', 'operator', 'viewer'))
);
--> statement-breakpoint
ALTER TABLE "questions" ADD CONSTRAINT "questions_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workers" ADD CONSTRAINT "workers_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_worker_id_workers_id_fk" FOREIGN KEY ("worker_id") REFERENCES "public"."workers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_source_endpoint_id_endpoints_id_fk" FOREIGN KEY ("source_endpoint_id") REFERENCES "public"."endpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_destination_endpoint_id_endpoints_id_fk" FOREIGN KEY ("destination_endpoint_id") REFERENCES "public"."endpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "login_sessions" ADD CONSTRAINT "login_sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "agents_name" ON "agents" USING btree ("name");--> statement-breakpoint
CREATE UNIQUE INDEX "agents_one_builtin" ON "agents" USING btree ("kind") WHERE "agents"."kind" = 'builtin';--> statement-breakpoint
CREATE INDEX "questions_asked" ON "questions" USING btree ("agent_id") WHERE "questions"."state" = 'asked';--> statement-breakpoint
CREATE INDEX "workers_heartbeat" ON "workers" USING btree ("heartbeat_at");--> statement-breakpoint
CREATE INDEX "audit_entries_subject" ON "audit_entries" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "audit_entries_at" ON "audit_entries" USING btree ("at");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "endpoints_name" ON "endpoints" USING btree (lower("name")) WHERE "endpoints"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "endpoints_agent" ON "endpoints" USING btree ("agent_id");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_number" ON "attempts" USING btree ("job_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_one_live" ON "attempts" USING btree ("job_id") WHERE "attempts"."state" in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "attempts_lease" ON "attempts" USING btree ("lease_until") WHERE "attempts"."state" = 'running';--> statement-breakpoint
CREATE INDEX "jobs_state" ON "jobs" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "jobs_active" ON "jobs" USING btree ("id") WHERE "jobs"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "jobs_source" ON "jobs" USING btree ("source_endpoint_id","id");--> statement-breakpoint
CREATE INDEX "jobs_destination" ON "jobs" USING btree ("destination_endpoint_id","id");--> statement-breakpoint
CREATE INDEX "jobs_updated" ON "jobs" USING btree ("updated_at");--> statement-breakpoint
CREATE INDEX "transfers_failed" ON "transfers" USING btree ("job_id","path_hash") WHERE "transfers"."state" = 'failed';--> statement-breakpoint
CREATE INDEX "login_sessions_user" ON "login_sessions" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree (lower("email"));--> statement-breakpoint
-- Everything below is written by hand: drizzle-kit knows no partitions.
-- The lowest UUIDv7 of an instant: 48 bits of milliseconds, then noughts.
CREATE FUNCTION "uuidv7_floor"("instant" timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
	SELECT (lpad(to_hex(floor(extract(epoch from "instant") * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;--> statement-breakpoint
-- One partition a month (UTC), made ahead of its first row: a row that fell into the default partition
-- would make creating its month fail.
CREATE FUNCTION "ensure_month_partition"("parent" text, "month" timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	"first" timestamptz := date_trunc('month', "month", 'UTC');
	"last" timestamptz := date_trunc('month', "month", 'UTC') + interval '1 month';
	"child" text := "parent" || '_' || to_char("first" AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('ensure_month_partition'));
	IF to_regclass(quote_ident("child")) IS NULL THEN
		EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
			"child", "parent", "uuidv7_floor"("first"), "uuidv7_floor"("last"));
	END IF;
	RETURN "child";
END $$;--> statement-breakpoint
CREATE TABLE "transfers_default" PARTITION OF "transfers" DEFAULT;--> statement-breakpoint
CREATE TABLE "log_chunks_default" PARTITION OF "log_chunks" DEFAULT;--> statement-breakpoint
SELECT "ensure_month_partition"("parent", now() + "ahead" * interval '1 month')
FROM unnest(ARRAY['transfers', 'log_chunks']) AS "parent", generate_series(0, 2) AS "ahead";
