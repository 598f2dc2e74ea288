-- The record: the service may add and read, and nobody may do more; not even the owner of the tables without dropping the trigger first.
GRANT SELECT, INSERT ON "audit_entries" TO "audit";
--> statement-breakpoint
GRANT SELECT ON "audit_entries" TO "auditor";
--> statement-breakpoint
CREATE FUNCTION "refuse_to_alter_the_record"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the record is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
--> statement-breakpoint
CREATE TRIGGER "audit_entries_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_to_alter_the_record"();
--> statement-breakpoint
-- Every service with a relay, a consumer or partitions has leases. audit is its role.

GRANT SELECT, INSERT, UPDATE ON leases TO audit;
--> statement-breakpoint
-- What a service that consumes events may do with its positions and dead letters. Paste it into a custom migration with audit replaced
-- by its role; `eventStoreGrants` of @latchkey/event-store writes exactly this text.

GRANT SELECT, INSERT, UPDATE ON consumer_positions, consumer_subjects, dead_letters TO audit;
