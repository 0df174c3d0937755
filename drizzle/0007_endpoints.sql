CREATE TABLE "agent_backends" (
	"agent_id" uuid PRIMARY KEY NOT NULL,
	"version" text NOT NULL,
	"backends" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "agents" ADD COLUMN "key_id" text;--> statement-breakpoint
ALTER TABLE "endpoints" ADD COLUMN "secrets" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "agent_backends" ADD CONSTRAINT "agent_backends_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;