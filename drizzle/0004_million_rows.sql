CREATE TABLE "removed_months" (
	"month" text PRIMARY KEY NOT NULL,
	"jobs" bigint DEFAULT 0 NOT NULL,
	"files" bigint DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"failed_files" bigint DEFAULT 0 NOT NULL,
	"began_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "attempts" DROP CONSTRAINT "attempts_worker_id_workers_id_fk";
--> statement-breakpoint
DROP INDEX "jobs_active";--> statement-breakpoint
DROP INDEX "transfers_failed";--> statement-breakpoint
DROP INDEX "jobs_source";--> statement-breakpoint
DROP INDEX "jobs_destination";--> statement-breakpoint
CREATE INDEX "transfers_not_completed" ON "transfers" USING btree ("job_id","state","path_hash") WHERE "transfers"."state" <> 'completed';--> statement-breakpoint
CREATE INDEX "jobs_source" ON "jobs" USING btree ("source_endpoint_id","state","id");--> statement-breakpoint
CREATE INDEX "jobs_destination" ON "jobs" USING btree ("destination_endpoint_id","state","id");--> statement-breakpoint
-- Everything below is written by hand.
-- The search's index. The extension is a trusted one: any owner of a database may have it, if the server brings it.
-- Without it a search reads on from page to page (lib/jobs/search.ts), and nothing else differs. Ended jobs only: a
-- job that runs is rewritten several times, and each time would cost what an end costs once.
DO $$ BEGIN
	CREATE EXTENSION IF NOT EXISTS pg_trgm;
	CREATE INDEX "jobs_search" ON "jobs" USING gin ("source_path" gin_trgm_ops, "destination_path" gin_trgm_ops)
		WITH (gin_pending_list_limit = 256) WHERE "finished_at" IS NOT NULL;
EXCEPTION
	WHEN insufficient_privilege OR undefined_file OR undefined_object OR feature_not_supported THEN
		RAISE NOTICE 'pg_trgm is not to be had here: %', SQLERRM;
END $$;
