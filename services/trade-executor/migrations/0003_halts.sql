CREATE TABLE "symbol_lists" (
	"user_id" text PRIMARY KEY NOT NULL,
	"symbols" text[],
	"changed_at" timestamp(3) with time zone NOT NULL,
	"version" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trading_halts" (
	"scope" text NOT NULL,
	"target" text NOT NULL,
	"owner_id" text,
	"halted" boolean NOT NULL,
	"reason" text NOT NULL,
	"changed_at" timestamp(3) with time zone NOT NULL,
	"version" integer NOT NULL,
	CONSTRAINT "trading_halts_scope_target_pk" PRIMARY KEY("scope","target")
);
--> statement-breakpoint
CREATE INDEX "trading_halts_of_owner" ON "trading_halts" USING btree ("owner_id");