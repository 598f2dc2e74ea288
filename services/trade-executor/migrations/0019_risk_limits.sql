CREATE TABLE "risk_limits" (
	"scope" text NOT NULL,
	"target" text NOT NULL,
	"owner_id" text,
	"limits" jsonb NOT NULL,
	"changed_at" timestamp(3) with time zone NOT NULL,
	"version" integer NOT NULL,
	CONSTRAINT "risk_limits_scope_target_pk" PRIMARY KEY("scope","target")
);
--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "pending" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "pending_value" numeric;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "quote_asset" text;--> statement-breakpoint
CREATE INDEX "risk_limits_of_owner" ON "risk_limits" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "trades_pending" ON "trades" USING btree ("user_id") WHERE pending;
--> statement-breakpoint
-- Limits are set and lifted, never deleted.
GRANT SELECT, INSERT, UPDATE ON risk_limits TO trade_executor;
--> statement-breakpoint
-- The lists of symbols of before are users' limits.
INSERT INTO "risk_limits" ("scope", "target", "owner_id", "limits", "changed_at", "version")
SELECT 'user', "user_id", "user_id", CASE WHEN "symbols" IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('symbols', to_jsonb("symbols")) END, "changed_at", "version" FROM "symbol_lists";
--> statement-breakpoint
DROP TABLE "symbol_lists";
--> statement-breakpoint
-- Orders that are under way, or ended without proof, count in limits; what they are worth was not recorded.
UPDATE "trades" SET "pending" = true WHERE "action" NOT IN ('exit', 'reduce') AND ("status" IN ('submitted', 'unknown', 'accepted', 'partially_filled', 'unverifiable') OR "reason" = 'unproven');
