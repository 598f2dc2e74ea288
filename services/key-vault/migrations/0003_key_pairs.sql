CREATE TABLE "key_pairs" (
	"credential_id" uuid PRIMARY KEY NOT NULL,
	"generated_version" integer NOT NULL,
	"public_key_digest" text NOT NULL,
	"key_id" text NOT NULL,
	"private_key" text NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "key_pairs_expires_at" ON "key_pairs" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "key_pairs_key_id" ON "key_pairs" USING btree ("key_id");