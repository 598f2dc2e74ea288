ALTER TABLE "followings" ADD COLUMN "leverage" smallint;--> statement-breakpoint
ALTER TABLE "followings" ADD COLUMN "max_leverage" smallint;