ALTER TABLE "events" ADD COLUMN "earlier" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "triggers" ADD COLUMN "forgotten_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "events_place" ON "events" USING btree ("template_id",(md5("destination_path")::uuid),"id") WHERE "events"."destination_path" is not null;--> statement-breakpoint
CREATE INDEX "events_settled_at" ON "events" USING btree ("settled_at") WHERE "events"."state" in ('transferred', 'failed');--> statement-breakpoint
CREATE INDEX "triggers_to_forget" ON "triggers" USING btree ("deleted_at") WHERE "triggers"."deleted_at" is not null and "triggers"."forgotten_at" is null;