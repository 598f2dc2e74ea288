CREATE TABLE "executions" (
	"trade_id" uuid NOT NULL,
	"leg" text NOT NULL,
	"fill_id" text NOT NULL,
	"user_id" text NOT NULL,
	"strategy_id" uuid NOT NULL,
	"exchange" text NOT NULL,
	"environment" text NOT NULL,
	"market_type" text NOT NULL,
	"symbol" text NOT NULL,
	"quote_asset" text,
	"at" timestamp(3) with time zone NOT NULL,
	"change" numeric NOT NULL,
	"price" numeric,
	"fees" jsonb,
	"closed" numeric NOT NULL,
	"realised" numeric NOT NULL,
	"fee_value" numeric NOT NULL,
	"quantity_after" numeric NOT NULL,
	"cost_after" numeric NOT NULL,
	CONSTRAINT "executions_trade_id_leg_fill_id_pk" PRIMARY KEY("trade_id","leg","fill_id")
);
--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "cost" numeric DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "quote_asset" text;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "uncounted" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "executions_of_following" ON "executions" USING btree ("user_id","strategy_id","exchange","environment","market_type","symbol","at");--> statement-breakpoint
CREATE INDEX "executions_of_user" ON "executions" USING btree ("user_id","at");--> statement-breakpoint
CREATE INDEX "trades_uncounted" ON "trades" USING btree ("trade_id") WHERE uncounted;--> statement-breakpoint
-- An execution that turned out to be part of others is taken back.
GRANT SELECT, INSERT, UPDATE, DELETE ON executions TO trade_executor;
--> statement-breakpoint
-- What came of trades of before is counted by the first executor that starts: it follows from their events, at average cost.
UPDATE "trades" SET "uncounted" = true WHERE "filled" <> '0';
