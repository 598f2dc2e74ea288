DROP INDEX "trades_unproven";--> statement-breakpoint
CREATE INDEX "trades_unproven" ON "trades" USING btree ("settled_at") WHERE reason = 'unproven';