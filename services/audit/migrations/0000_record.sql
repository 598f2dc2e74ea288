CREATE TABLE "audit_entries" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"recorded_at" timestamp(3) with time zone NOT NULL,
	"service" text NOT NULL,
	"epoch" integer NOT NULL,
	"logseq" bigint NOT NULL,
	"event_id" uuid NOT NULL,
	"type" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"user_id" text,
	"trace_id" text,
	"payload" text NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "audit_entries_place" UNIQUE("service","epoch","logseq")
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
CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"epoch" bigint NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "audit_entries_user" ON "audit_entries" USING btree ("user_id","seq");--> statement-breakpoint
CREATE INDEX "audit_entries_event" ON "audit_entries" USING btree ("event_id");--> statement-breakpoint
CREATE INDEX "dead_letters_open" ON "dead_letters" USING btree ("consumer") WHERE replayed_at is null;