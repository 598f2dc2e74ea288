-- What the running vault may do with its own tables; the migrator owns them. What was signed for an attempt stays as it was.
GRANT SELECT, INSERT, UPDATE ON credentials TO key_vault;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON credential_secrets, verifications TO key_vault;
--> statement-breakpoint
GRANT SELECT, INSERT ON signed_attempts, key_sentinels TO key_vault;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON used_sealed_secrets, sealing_keys TO key_vault;
--> statement-breakpoint
-- Every service with a relay, a consumer or partitions has leases. key_vault is its role.

GRANT SELECT, INSERT, UPDATE ON leases TO key_vault;
--> statement-breakpoint
-- What a service that appends events may do with its log. Paste it into a custom migration (`drizzle-kit generate --custom`) of each
-- publishing service, with key_vault replaced by its role; `eventStoreGrants` of @latchkey/event-store writes exactly this text.
-- Run by the migrator, who owns the tables. Nobody may change or delete an event: the role lacks the right, and the trigger stops
-- whoever has it by mistake. (A superuser can still do anything: the audit record is what shows that.)

GRANT SELECT, INSERT, UPDATE (logseq, prev, epoch) ON events TO key_vault;
--> statement-breakpoint
GRANT SELECT ON events, log_epochs TO auditor;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON streams, subject_heads, relay_checkpoints TO key_vault;
--> statement-breakpoint
GRANT SELECT, INSERT ON log_epochs TO key_vault;
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
