CREATE TABLE "told_positions" (
	"strategy_id" uuid NOT NULL,
	"symbol" text NOT NULL,
	"position" text,
	CONSTRAINT "told_positions_strategy_id_symbol_pk" PRIMARY KEY("strategy_id","symbol")
);
--> statement-breakpoint
ALTER TABLE "told_positions" ADD CONSTRAINT "told_positions_strategy_id_strategies_id_fk" FOREIGN KEY ("strategy_id") REFERENCES "public"."strategies"("id") ON DELETE no action ON UPDATE no action;