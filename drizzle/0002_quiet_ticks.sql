DROP INDEX "attempts_lease";--> statement-breakpoint
DROP INDEX "jobs_updated";--> statement-breakpoint
CREATE INDEX "attempts_running" ON "attempts" USING btree ("worker_id") WHERE "attempts"."state" = 'running';--> statement-breakpoint
CREATE INDEX "jobs_finished" ON "jobs" USING btree ("finished_at") WHERE "jobs"."finished_at" is not null;--> statement-breakpoint
-- Room in each page for the next version of a row: the once-a-second update of a running job then touches no index.
ALTER TABLE "jobs" SET (fillfactor = 80);--> statement-breakpoint
ALTER TABLE "attempts" SET (fillfactor = 80);
