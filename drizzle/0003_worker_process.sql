ALTER TABLE "workers" ADD COLUMN "machine" text;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "process_started_at" text;