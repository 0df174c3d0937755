ALTER TABLE "jobs" ADD COLUMN "tidy_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "jobs_tidy" ON "jobs" USING btree ("tidy_at") WHERE "jobs"."tidy_at" is not null;