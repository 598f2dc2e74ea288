ALTER TABLE "credentials" ADD COLUMN "verify_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "notice_at" timestamp(3) with time zone;--> statement-breakpoint
CREATE INDEX "credentials_verify_at" ON "credentials" USING btree ("verify_at");--> statement-breakpoint
CREATE INDEX "credentials_notice_at" ON "credentials" USING btree ("notice_at");