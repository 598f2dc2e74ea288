CREATE TABLE "key_pairs" (
	"credential_id" uuid PRIMARY KEY NOT NULL,
	"generated_version" integer NOT NULL,
	"public_key_digest" text NOT NULL,
	"key_id" text NOT NULL,
	"private_key" text NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "key_pairs" ADD CONSTRAINT "key_pairs_key_id_key_sentinels_key_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."key_sentinels"("key_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "key_pairs_expires_at" ON "key_pairs" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "key_pairs_key" ON "key_pairs" USING btree ("key_id","credential_id");