CREATE TABLE "positions" (
	"user_id" text NOT NULL,
	"strategy_id" uuid NOT NULL,
	"exchange" text NOT NULL,
	"environment" text NOT NULL,
	"market_type" text NOT NULL,
	"symbol" text NOT NULL,
	"quantity" numeric NOT NULL,
	"last_sequence" integer,
	"changed_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "positions_pk" PRIMARY KEY("user_id","strategy_id","exchange","environment","market_type","symbol")
);
--> statement-breakpoint
ALTER TABLE "trades" ALTER COLUMN "side" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "action" text;--> statement-breakpoint
-- Trades of before exits had the side that their alert named.
UPDATE "trades" SET "action" = "side";--> statement-breakpoint
ALTER TABLE "trades" ALTER COLUMN "action" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "owned_change" numeric DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "sequence" integer;