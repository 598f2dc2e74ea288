CREATE TABLE "executors" (
	"holder" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "followings" (
	"strategy_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"revision" integer NOT NULL,
	"exchange" text NOT NULL,
	"environment" text NOT NULL,
	"market_type" text NOT NULL,
	"sizing_mode" text NOT NULL,
	"sizing_value" text,
	"enabled" boolean NOT NULL,
	"valid_from" timestamp(3) with time zone NOT NULL,
	"valid_to" timestamp(3) with time zone,
	CONSTRAINT "followings_strategy_id_user_id_revision_pk" PRIMARY KEY("strategy_id","user_id","revision")
);
--> statement-breakpoint
CREATE TABLE "lanes" (
	"lane" text PRIMARY KEY NOT NULL,
	"last_ordinal" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trades" (
	"trade_id" uuid PRIMARY KEY NOT NULL,
	"signal_id" uuid NOT NULL,
	"strategy_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"exchange" text NOT NULL,
	"environment" text NOT NULL,
	"market_type" text NOT NULL,
	"symbol" text NOT NULL,
	"side" text NOT NULL,
	"lane" text NOT NULL,
	"ordinal" integer NOT NULL,
	"partition" smallint NOT NULL,
	"client_order_id" text NOT NULL,
	"status" text NOT NULL,
	"open" boolean NOT NULL,
	"version" integer NOT NULL,
	"orders" jsonb NOT NULL,
	"amount" text,
	"filled" text NOT NULL,
	"average_price" text,
	"reason" text,
	"message" text,
	"received_at" timestamp(3) with time zone NOT NULL,
	"requested_at" timestamp(3) with time zone NOT NULL,
	"submitted_at" timestamp(3) with time zone,
	"settled_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "consumer_positions" (
	"consumer" text PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"epoch" bigint NOT NULL,
	"logseq" bigint NOT NULL,
	"revision" bigint DEFAULT 0 NOT NULL,
	"attempt_epoch" bigint DEFAULT 0 NOT NULL,
	"attempt_logseq" bigint DEFAULT 0 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "consumer_subjects" (
	"consumer" text NOT NULL,
	"subject" text NOT NULL,
	"logseq" bigint NOT NULL,
	CONSTRAINT "consumer_subjects_consumer_subject_pk" PRIMARY KEY("consumer","subject")
);
--> statement-breakpoint
CREATE TABLE "dead_letters" (
	"id" uuid NOT NULL,
	"consumer" text NOT NULL,
	"source" text NOT NULL,
	"epoch" bigint NOT NULL,
	"logseq" bigint NOT NULL,
	"subject" text NOT NULL,
	"envelope" json NOT NULL,
	"reason" text NOT NULL,
	"deliveries" integer NOT NULL,
	"parked_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"replay_requested" boolean DEFAULT false NOT NULL,
	"replayed_at" timestamp(3) with time zone,
	CONSTRAINT "dead_letters_consumer_id_pk" PRIMARY KEY("consumer","id")
);
--> statement-breakpoint
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
CREATE TABLE "relay_checkpoints" (
	"stream" text PRIMARY KEY NOT NULL,
	"created" text NOT NULL,
	"last_seq" bigint NOT NULL,
	"deleted" bigint NOT NULL,
	"logseq" bigint NOT NULL,
	"saved_at" timestamp(3) with time zone DEFAULT now() NOT NULL
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
CREATE UNIQUE INDEX "followings_in_force" ON "followings" USING btree ("strategy_id","user_id") WHERE valid_to is null;--> statement-breakpoint
CREATE INDEX "trades_open" ON "trades" USING btree ("partition","lane","ordinal") WHERE open;--> statement-breakpoint
CREATE INDEX "trades_of_user" ON "trades" USING btree ("user_id","requested_at" DESC NULLS LAST,"trade_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "trades_of_signal" ON "trades" USING btree ("signal_id");--> statement-breakpoint
CREATE INDEX "dead_letters_open" ON "dead_letters" USING btree ("consumer") WHERE replayed_at is null;--> statement-breakpoint
CREATE INDEX "events_unnumbered" ON "events" USING btree ("position") WHERE logseq is null;