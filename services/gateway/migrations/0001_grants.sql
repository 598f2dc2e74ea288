-- Every service with a relay, a consumer or partitions has leases. gateway is its role.

GRANT SELECT, INSERT, UPDATE ON leases TO gateway;
--> statement-breakpoint
-- What a service that appends events may do with its log. Paste it into a custom migration (`drizzle-kit generate --custom`) of each
-- publishing service, with gateway replaced by its role; `eventStoreGrants` of @latchkey/event-store writes exactly this text.
-- Run by the migrator, who owns the tables. Nobody may change or delete an event: the role lacks the right, and the trigger stops
-- whoever has it by mistake. (A superuser can still do anything: the audit record is what shows that.)

GRANT SELECT, INSERT, UPDATE (logseq, prev, epoch) ON events TO gateway;
--> statement-breakpoint
GRANT SELECT ON events, log_epochs TO auditor;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON streams, subject_heads, relay_checkpoints TO gateway;
--> statement-breakpoint
GRANT SELECT, INSERT ON log_epochs TO gateway;
--> statement-breakpoint
CREATE FUNCTION refuse_to_change_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an event is never changed or deleted: append another one' USING ERRCODE = 'restrict_violation';
END
$$;
--> statement-breakpoint
-- The three columns that the relay writes are not in this list.
CREATE TRIGGER events_never_change BEFORE UPDATE OF position, stream_id, version, id, type, v, data, subject, time,
  actor, correlation_id, causation_id, traceparent, origin_id, origin_commitment ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_events();
--> statement-breakpoint
CREATE TRIGGER events_never_end BEFORE DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_events();
--> statement-breakpoint
-- Strategies are never deleted, only marked; their signals and refusals never change but for the count of further deliveries.
GRANT SELECT, INSERT ON strategies TO gateway;
--> statement-breakpoint
GRANT UPDATE (token_hash, signal_count, deleted_at) ON strategies TO gateway;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (duplicates) ON signals TO gateway;
--> statement-breakpoint
GRANT SELECT, INSERT ON refused_alerts TO gateway;
--> statement-breakpoint
-- Erasing a person is an operator's act, not the service's.
GRANT SELECT, INSERT ON origins TO gateway;
--> statement-breakpoint
ALTER TABLE rate_limits SET UNLOGGED;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limits TO gateway;
