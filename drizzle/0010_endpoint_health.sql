CREATE TABLE "endpoint_health" (
	"endpoint_id" uuid PRIMARY KEY NOT NULL,
	"passed_at" timestamp with time zone,
	"failed_at" timestamp with time zone,
	"failed_cause" text,
	"failed_message" text,
	"facts" jsonb,
	"facts_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "endpoint_health" ADD CONSTRAINT "endpoint_health_endpoint_id_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."endpoints"("id") ON DELETE cascade ON UPDATE no action;