CREATE TABLE "places" (
	"template_id" uuid NOT NULL,
	"destination_endpoint_id" uuid NOT NULL,
	"key_hash" uuid NOT NULL,
	"source_endpoint_id" uuid NOT NULL,
	"source_path" text NOT NULL,
	"path" text NOT NULL,
	"job_id" uuid NOT NULL,
	"kept" boolean DEFAULT false NOT NULL,
	"moved" boolean NOT NULL,
	CONSTRAINT "places_template_id_destination_endpoint_id_key_hash_pk" PRIMARY KEY("template_id","destination_endpoint_id","key_hash")
);
--> statement-breakpoint
-- Whose each place is by the ledger so far: its newest event that arrived there, or is on its way (perhaps not for the first time).
INSERT INTO "places" ("template_id", "destination_endpoint_id", "key_hash", "source_endpoint_id", "source_path", "path",
	"job_id", "kept", "moved")
SELECT DISTINCT ON (e."template_id", j."destination_endpoint_id", md5(e."destination_path"))
	e."template_id", j."destination_endpoint_id", md5(e."destination_path")::uuid, j."source_endpoint_id", j."source_path",
	e."path", j."id", e."state" <> 'pending' OR e."earlier" <> '[]'::jsonb, j."operation" = 'move'
FROM "events" AS e JOIN "jobs" AS j ON j."id" = coalesce(e."job_id", (
	SELECT (f ->> 'jobId')::uuid FROM jsonb_array_elements(e."earlier") AS f
	WHERE f ->> 'state' = 'transferred' AND f ->> 'destinationPath' = e."destination_path"
	ORDER BY f ->> 'settledAt' DESC LIMIT 1))
JOIN "templates" AS t ON t."id" = e."template_id" AND t."deleted_at" IS NULL
WHERE e."destination_path" IS NOT NULL AND j."operation" <> 'sync' AND (e."state" IN ('transferred', 'pending')
	OR e."earlier" @> jsonb_build_array(
		jsonb_build_object('state', 'transferred', 'destinationPath', e."destination_path")))
ORDER BY e."template_id", j."destination_endpoint_id", md5(e."destination_path"), e."id" DESC;--> statement-breakpoint
DROP INDEX "events_place";--> statement-breakpoint
CREATE INDEX "places_copied" ON "places" USING btree ("job_id") WHERE not "places"."moved";