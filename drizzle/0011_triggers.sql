CREATE TABLE "event_counts" (
	"template_id" uuid NOT NULL,
	"month" text NOT NULL,
	"state" text NOT NULL,
	"count" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_keys" (
	"trigger_id" uuid NOT NULL,
	"key_hash" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "event_keys_trigger_id_key_hash_pk" PRIMARY KEY("trigger_id","key_hash")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"template_id" uuid NOT NULL,
	"trigger_id" uuid NOT NULL,
	"source" text NOT NULL,
	"kind" text NOT NULL,
	"path" text NOT NULL,
	"size" bigint,
	"state" text NOT NULL,
	"reason" text,
	"destination_path" text,
	"job_id" uuid,
	"occurred_at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp with time zone,
	"waiting_since" timestamp with time zone DEFAULT now() NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "events_state_known" CHECK ("events"."state" in ('ignored', 'pending', 'transferred', 'failed', 'dead')),
	CONSTRAINT "events_settled" CHECK (("events"."state" = 'pending') = ("events"."settled_at" is null)),
	CONSTRAINT "events_reason" CHECK ("events"."state" not in ('ignored', 'failed', 'dead') or "events"."reason" is not null)
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "firings" (
	"trigger_id" uuid NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"template_id" uuid NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"job_id" uuid,
	"fired_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone,
	"ping_at" timestamp with time zone,
	"ping" jsonb,
	CONSTRAINT "firings_trigger_id_due_at_pk" PRIMARY KEY("trigger_id","due_at"),
	CONSTRAINT "firings_state" CHECK ("firings"."state" in ('fired', 'skipped', 'failed', 'missed')),
	CONSTRAINT "firings_reason" CHECK ("firings"."state" = 'fired' or "firings"."reason" is not null)
);
--> statement-breakpoint
CREATE TABLE "object_heads" (
	"trigger_id" uuid NOT NULL,
	"scope_hash" uuid NOT NULL,
	"sequencer" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "object_heads_trigger_id_scope_hash_pk" PRIMARY KEY("trigger_id","scope_hash")
);
--> statement-breakpoint
CREATE TABLE "templates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"operation" text NOT NULL,
	"source_endpoint_id" uuid NOT NULL,
	"source_path" text NOT NULL,
	"pattern" text DEFAULT '*' NOT NULL,
	"destination_endpoint_id" uuid NOT NULL,
	"destination_path" text NOT NULL,
	"time_zone" text DEFAULT 'UTC' NOT NULL,
	"gather" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"options" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"source_since" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "templates_operation" CHECK ("templates"."operation" in ('copy', 'move', 'sync'))
);
--> statement-breakpoint
CREATE TABLE "triggers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"template_id" uuid NOT NULL,
	"type" text NOT NULL,
	"settings" jsonb NOT NULL,
	"secrets" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"next_due_at" timestamp with time zone,
	"checked_until" timestamp with time zone DEFAULT now() NOT NULL,
	"paused_until" timestamp with time zone,
	"health" jsonb,
	"listing" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "triggers_type" CHECK ("triggers"."type" in ('schedule', 'watch', 's3'))
);
--> statement-breakpoint
CREATE TABLE "watched_files" (
	"trigger_id" uuid NOT NULL,
	"folder_hash" uuid NOT NULL,
	"name" text NOT NULL,
	"folder" text NOT NULL,
	"mark" text NOT NULL,
	CONSTRAINT "watched_files_trigger_id_folder_hash_name_pk" PRIMARY KEY("trigger_id","folder_hash","name")
);
--> statement-breakpoint
CREATE TABLE "watches" (
	"trigger_id" uuid PRIMARY KEY NOT NULL,
	"base" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"counts_from" timestamp with time zone NOT NULL,
	"begun_at" timestamp with time zone,
	"device" text,
	"inode" text
);
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "template_id" uuid;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "trigger" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "plan" jsonb;--> statement-breakpoint
ALTER TABLE "templates" ADD CONSTRAINT "templates_source_endpoint_id_endpoints_id_fk" FOREIGN KEY ("source_endpoint_id") REFERENCES "public"."endpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "templates" ADD CONSTRAINT "templates_destination_endpoint_id_endpoints_id_fk" FOREIGN KEY ("destination_endpoint_id") REFERENCES "public"."endpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "triggers" ADD CONSTRAINT "triggers_template_id_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."templates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "event_counts_template" ON "event_counts" USING btree ("template_id");--> statement-breakpoint
CREATE INDEX "event_keys_at" ON "event_keys" USING btree ("at");--> statement-breakpoint
CREATE INDEX "events_waiting" ON "events" USING btree ("template_id","id") WHERE "events"."state" = 'pending' and "events"."job_id" is null;--> statement-breakpoint
CREATE INDEX "events_taken" ON "events" USING btree ("template_id","path") WHERE "events"."state" = 'pending' and "events"."job_id" is not null;--> statement-breakpoint
CREATE INDEX "events_job" ON "events" USING btree ("job_id") WHERE "events"."job_id" is not null;--> statement-breakpoint
CREATE INDEX "events_template" ON "events" USING btree ("template_id","state","id");--> statement-breakpoint
CREATE INDEX "events_state" ON "events" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "events_listed" ON "events" USING btree ("template_id","path") WHERE "events"."detail" ->> 'found' = 'listing';--> statement-breakpoint
CREATE INDEX "firings_due" ON "firings" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "firings_job" ON "firings" USING btree ("job_id") WHERE "firings"."job_id" is not null;--> statement-breakpoint
CREATE INDEX "firings_ping" ON "firings" USING btree ("ping_at") WHERE "firings"."ping_at" is not null;--> statement-breakpoint
CREATE INDEX "firings_raised" ON "firings" USING btree ("due_at") WHERE "firings"."state" in ('missed', 'failed') and "firings"."seen_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "templates_name" ON "templates" USING btree (lower("name")) WHERE "templates"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "templates_source" ON "templates" USING btree ("source_endpoint_id");--> statement-breakpoint
CREATE INDEX "templates_destination" ON "templates" USING btree ("destination_endpoint_id");--> statement-breakpoint
CREATE INDEX "triggers_template" ON "triggers" USING btree ("template_id");--> statement-breakpoint
CREATE INDEX "triggers_due" ON "triggers" USING btree ("next_due_at") WHERE "triggers"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "triggers_queues" ON "triggers" USING btree ("id") WHERE "triggers"."type" = 's3' and "triggers"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "jobs_template" ON "jobs" USING btree ("template_id","state","id") WHERE "jobs"."template_id" is not null;--> statement-breakpoint
-- Written by hand: drizzle-kit knows no partitions.
CREATE TABLE "events_default" PARTITION OF "events" DEFAULT;--> statement-breakpoint
SELECT "ensure_month_partition"('events', now() + "ahead" * interval '1 month') FROM generate_series(0, 2) AS "ahead";--> statement-breakpoint
-- Written by hand: counts of events, kept by whoever changes events. Sums of what each statement changed, so that no
-- two transactions wait for one counter.
CREATE FUNCTION "month_of"("id" uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT to_char(to_timestamp(('x' || left(replace("id"::text, '-', ''), 12))::bit(48)::bigint / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM')
$$;--> statement-breakpoint
CREATE FUNCTION "count_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO "event_counts" ("template_id", "month", "state", "count")
		SELECT "template_id", "month_of"("id"), "state", count(*) FROM "after" GROUP BY 1, 2, 3;
	ELSIF TG_OP = 'DELETE' THEN
		INSERT INTO "event_counts" ("template_id", "month", "state", "count")
		SELECT "template_id", "month_of"("id"), "state", -count(*) FROM "before" GROUP BY 1, 2, 3;
	ELSE
		INSERT INTO "event_counts" ("template_id", "month", "state", "count")
		SELECT "template_id", "month_of"("id"), "state", sum("change") FROM (
			SELECT "template_id", "id", "state", 1 AS "change" FROM "after"
			UNION ALL SELECT "template_id", "id", "state", -1 FROM "before") AS "changes"
		GROUP BY 1, 2, 3 HAVING sum("change") <> 0;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "events_inserted" AFTER INSERT ON "events" REFERENCING NEW TABLE AS "after"
	FOR EACH STATEMENT EXECUTE FUNCTION "count_events"();--> statement-breakpoint
CREATE TRIGGER "events_updated" AFTER UPDATE ON "events" REFERENCING OLD TABLE AS "before" NEW TABLE AS "after"
	FOR EACH STATEMENT EXECUTE FUNCTION "count_events"();--> statement-breakpoint
CREATE TRIGGER "events_deleted" AFTER DELETE ON "events" REFERENCING OLD TABLE AS "before"
	FOR EACH STATEMENT EXECUTE FUNCTION "count_events"();
