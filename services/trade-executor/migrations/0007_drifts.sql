CREATE TABLE "position_drifts" (
	"user_id" text NOT NULL,
	"exchange" text NOT NULL,
	"environment" text NOT NULL,
	"market_type" text NOT NULL,
	"instrument" text NOT NULL,
	"expected" text NOT NULL,
	"found" text NOT NULL,
	"detected_at" timestamp(3) with time zone NOT NULL,
	"resolved_at" timestamp(3) with time zone,
	"version" integer NOT NULL,
	CONSTRAINT "position_drifts_pk" PRIMARY KEY("user_id","exchange","environment","market_type","instrument")
);
--> statement-breakpoint
CREATE INDEX "position_drifts_open" ON "position_drifts" USING btree ("detected_at") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "trades_recent" ON "trades" USING brin ("requested_at");