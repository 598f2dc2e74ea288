-- What a service that consumes events may do with its positions and dead letters. Paste it into a custom migration with key_vault replaced
-- by its role; `eventStoreGrants` of @latchkey/event-store writes exactly this text.

GRANT SELECT, INSERT, UPDATE ON consumer_positions, consumer_subjects, dead_letters TO key_vault;
--> statement-breakpoint
-- What the executor said, and the buckets of signatures: written anew, never deleted.
GRANT SELECT, INSERT, UPDATE ON trading_halts, symbol_lists, signing_rates TO key_vault;
--> statement-breakpoint
-- Each group of signatures updates the rows of its credentials: with room on the page that touches no index.
ALTER TABLE signing_rates SET (fillfactor = 50);
--> statement-breakpoint
-- The operator's command line lists dead letters as the auditor: it never gets this service's own role, which reads ciphertexts.
GRANT SELECT ON dead_letters TO auditor;
