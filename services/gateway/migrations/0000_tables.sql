CREATE TABLE "events" (
	"position" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"stream_id" text NOT NULL,
	"version" integer NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"v" integer NOT NULL,
	"data" json NOT NULL,
	"subject" text NOT NULL,
	"time" timestamp(3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"correlation_id" uuid NOT NULL,
	"causation_id" uuid,
	"traceparent" text,
	"origin_id" uuid,
	"origin_commitment" text,
	"logseq" bigint,
	"prev" bigint,
	"epoch" bigint,
	CONSTRAINT "events_id_unique" UNIQUE("id"),
	CONSTRAINT "events_logseq_unique" UNIQUE("logseq"),
	CONSTRAINT "events_stream_id_version" UNIQUE("stream_id","version")
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"epoch" bigint NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_epochs" (
	"epoch" bigint PRIMARY KEY NOT NULL,
	"first_logseq" bigint NOT NULL,
	"started_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "origins" (
	"id" uuid PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"address" text NOT NULL,
	"user_agent" text NOT NULL,
	"salt" "bytea" NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rate_limits" (
	"key" text NOT NULL,
	"window_start" bigint NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "rate_limits_key_window_start_pk" PRIMARY KEY("key","window_start")
);
--> statement-breakpoint
CREATE TABLE "refused_alerts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"strategy_id" uuid NOT NULL,
	"received_at" timestamp(3) with time zone NOT NULL,
	"code" text NOT NULL,
	"message" text NOT NULL,
	"field" text
);
--> statement-breakpoint
CREATE TABLE "relay_checkpoints" (
	"stream" text PRIMARY KEY NOT NULL,
	"created" text NOT NULL,
	"last_seq" bigint NOT NULL,
	"deleted" bigint NOT NULL,
	"logseq" bigint NOT NULL,
	"saved_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "signals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"strategy_id" uuid NOT NULL,
	"owner_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"received_at" timestamp(3) with time zone NOT NULL,
	"idempotency_key" text NOT NULL,
	"body_digest" text NOT NULL,
	"signal" jsonb NOT NULL,
	"traceparent" text NOT NULL,
	"duplicates" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "signals_idempotency_key" UNIQUE("strategy_id","idempotency_key"),
	CONSTRAINT "signals_sequence" UNIQUE("strategy_id","sequence")
);
--> statement-breakpoint
CREATE TABLE "strategies" (
	"id" uuid PRIMARY KEY NOT NULL,
	"owner_id" text NOT NULL,
	"name" text NOT NULL,
	"token_hash" "bytea",
	"signal_count" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"deleted_at" timestamp(3) with time zone,
	CONSTRAINT "strategies_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "streams" (
	"stream_id" text PRIMARY KEY NOT NULL,
	"previous" integer NOT NULL,
	"version" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "subject_heads" (
	"subject" text PRIMARY KEY NOT NULL,
	"logseq" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "refused_alerts" ADD CONSTRAINT "refused_alerts_strategy_id_strategies_id_fk" FOREIGN KEY ("strategy_id") REFERENCES "public"."strategies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signals" ADD CONSTRAINT "signals_strategy_id_strategies_id_fk" FOREIGN KEY ("strategy_id") REFERENCES "public"."strategies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "events_unnumbered" ON "events" USING btree ("position") WHERE logseq is null;--> statement-breakpoint
CREATE INDEX "origins_actor" ON "origins" USING btree ("actor");--> statement-breakpoint
CREATE INDEX "rate_limits_window" ON "rate_limits" USING btree ("window_start");--> statement-breakpoint
CREATE INDEX "refused_alerts_newest" ON "refused_alerts" USING btree ("strategy_id","id");--> statement-breakpoint
CREATE INDEX "signals_body" ON "signals" USING btree ("strategy_id","body_digest","sequence");--> statement-breakpoint
CREATE INDEX "signals_newest" ON "signals" USING btree ("strategy_id","id");--> statement-breakpoint
CREATE INDEX "strategies_owner" ON "strategies" USING btree ("owner_id","id");