CREATE TABLE "credential_secrets" (
	"credential_id" uuid PRIMARY KEY NOT NULL,
	"saved_version" integer NOT NULL,
	"key_id" text NOT NULL,
	"api_key" text NOT NULL,
	"api_secret" text NOT NULL,
	"fingerprint" text NOT NULL,
	"saved_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "credentials" (
	"credential_id" uuid PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"exchange" text NOT NULL,
	"environment" text NOT NULL,
	"status" text NOT NULL,
	"state" jsonb NOT NULL,
	"stream_version" integer NOT NULL,
	"saved_version" integer NOT NULL,
	"destroy_at" timestamp(3) with time zone,
	CONSTRAINT "credentials_account" UNIQUE("user_id","exchange","environment")
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
CREATE TABLE "key_sentinels" (
	"key_id" text PRIMARY KEY NOT NULL,
	"envelope" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
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
CREATE TABLE "sealing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"key_id" text NOT NULL,
	"private_key" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "signed_attempts" (
	"trade_id" uuid NOT NULL,
	"leg" text NOT NULL,
	"attempt" integer NOT NULL,
	"digest" text NOT NULL,
	"signed_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "signed_attempts_trade_id_leg_attempt_pk" PRIMARY KEY("trade_id","leg","attempt")
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
CREATE TABLE "used_sealed_secrets" (
	"jti" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "verifications" (
	"verification_id" uuid PRIMARY KEY NOT NULL,
	"credential_id" uuid NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"digests" text[] NOT NULL
);
--> statement-breakpoint
ALTER TABLE "credential_secrets" ADD CONSTRAINT "credential_secrets_credential_id_credentials_credential_id_fk" FOREIGN KEY ("credential_id") REFERENCES "public"."credentials"("credential_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "credential_secrets_key_id" ON "credential_secrets" USING btree ("key_id");--> statement-breakpoint
CREATE INDEX "credential_secrets_fingerprint" ON "credential_secrets" USING btree ("fingerprint");--> statement-breakpoint
CREATE INDEX "credentials_destroy_at" ON "credentials" USING btree ("destroy_at");--> statement-breakpoint
CREATE INDEX "events_unnumbered" ON "events" USING btree ("position") WHERE logseq is null;--> statement-breakpoint
CREATE INDEX "verifications_expires_at" ON "verifications" USING btree ("expires_at");