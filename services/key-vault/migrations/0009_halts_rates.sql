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
CREATE TABLE "signing_rates" (
	"credential_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"available" double precision NOT NULL,
	"tokens" double precision NOT NULL,
	"filled_at" timestamp with time zone NOT NULL,
	CONSTRAINT "signing_rates_credential_id_purpose_pk" PRIMARY KEY("credential_id","purpose")
);
--> statement-breakpoint
CREATE TABLE "symbol_lists" (
	"user_id" text PRIMARY KEY NOT NULL,
	"symbols" text[],
	"epoch" bigint NOT NULL,
	"version" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "trading_halts" (
	"scope" text NOT NULL,
	"target" text NOT NULL,
	"halted" boolean NOT NULL,
	"epoch" bigint NOT NULL,
	"version" integer NOT NULL,
	CONSTRAINT "trading_halts_scope_target_pk" PRIMARY KEY("scope","target")
);
--> statement-breakpoint
CREATE INDEX "dead_letters_open" ON "dead_letters" USING btree ("consumer") WHERE replayed_at is null;