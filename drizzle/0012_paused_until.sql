ALTER TABLE "triggers" DROP COLUMN "paused_until";
