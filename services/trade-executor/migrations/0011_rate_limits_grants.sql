-- Rows are only ever updated in place: room on each page keeps them there.
ALTER TABLE rate_limits SET (fillfactor = 50);
--> statement-breakpoint
-- Buckets of accounts that are long full again, and addresses of executors that are gone, are deleted.
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limits, egress_addresses TO trade_executor;
