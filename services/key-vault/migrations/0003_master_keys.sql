CREATE TABLE "fingerprint_keys" (
	"name" text PRIMARY KEY NOT NULL,
	"key_id" text NOT NULL,
	"envelope" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "master_key_uses" (
	"key_id" text PRIMARY KEY NOT NULL,
	"wraps" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "retired_keys" (
	"key_id" text PRIMARY KEY NOT NULL,
	"retired_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
DROP INDEX "credential_secrets_key_id";--> statement-breakpoint
ALTER TABLE "fingerprint_keys" ADD CONSTRAINT "fingerprint_keys_key_id_key_sentinels_key_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."key_sentinels"("key_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credential_secrets" ADD CONSTRAINT "credential_secrets_key_id_key_sentinels_key_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."key_sentinels"("key_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sealing_keys" ADD CONSTRAINT "sealing_keys_key_id_key_sentinels_key_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."key_sentinels"("key_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "credential_secrets_key" ON "credential_secrets" USING btree ("key_id","credential_id");