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
CREATE INDEX "dead_letters_open" ON "dead_letters" USING btree ("consumer") WHERE replayed_at is null;--> statement-breakpoint
CREATE INDEX "events_unnumbered" ON "events" USING btree ("position") WHERE logseq is null;