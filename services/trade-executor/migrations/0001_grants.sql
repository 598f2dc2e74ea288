-- Every service with a relay, a consumer or partitions has leases. trade_executor is its role.

GRANT SELECT, INSERT, UPDATE ON leases TO trade_executor;
--> statement-breakpoint
-- What a service that appends events may do with its log. Paste it into a custom migration (`drizzle-kit generate --custom`) of each
-- publishing service, with trade_executor replaced by its role; `eventStoreGrants` of @latchkey/event-store writes exactly this text.
-- Run by the migrator, who owns the tables. Nobody may change or delete an event: the role lacks the right, and the trigger stops
-- whoever has it by mistake. (A superuser can still do anything: the audit record is what shows that.)

GRANT SELECT, INSERT, UPDATE (logseq, prev, epoch) ON events TO trade_executor;
--> statement-breakpoint
GRANT SELECT ON events, log_epochs TO auditor;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON streams, subject_heads, relay_checkpoints TO trade_executor;
--> statement-breakpoint
GRANT SELECT, INSERT ON log_epochs TO trade_executor;
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
-- What a service that consumes events may do with its positions and dead letters. Paste it into a custom migration with trade_executor replaced
-- by its role; `eventStoreGrants` of @latchkey/event-store writes exactly this text.

GRANT SELECT, INSERT, UPDATE ON consumer_positions, consumer_subjects, dead_letters TO trade_executor;
--> statement-breakpoint
-- The executor's own tables: nothing of them is ever deleted but executors that are gone.
GRANT SELECT, INSERT, UPDATE ON followings, lanes, trades TO trade_executor;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON executors TO trade_executor;
