ALTER TABLE "trades" ADD COLUMN "not_before" timestamp(3) with time zone;--> statement-breakpoint
CREATE INDEX "positions_of_strategy" ON "positions" USING btree ("strategy_id","symbol");