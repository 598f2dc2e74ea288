-- What the running vault may do with the tables of its master keys. A count of wraps only grows, and what was retired stays so.
GRANT SELECT, INSERT ON fingerprint_keys, master_key_uses TO key_vault;
--> statement-breakpoint
GRANT UPDATE (wraps) ON master_key_uses TO key_vault;
--> statement-breakpoint
GRANT SELECT, INSERT ON retired_keys TO key_vault;
--> statement-breakpoint
-- Retiring a key takes its sentinel away.
GRANT DELETE ON key_sentinels TO key_vault;
--> statement-breakpoint
-- Rotation wraps anew, and changes nothing else.
GRANT UPDATE (key_id, private_key) ON sealing_keys TO key_vault;
--> statement-breakpoint
GRANT UPDATE (key_id, envelope) ON fingerprint_keys TO key_vault;
--> statement-breakpoint
-- Keys that were in use before they were counted: two wraps for each key that was ever saved, each decided up to five times, and some for the rest.
INSERT INTO master_key_uses (key_id, wraps)
  SELECT key_id, 10 * (SELECT count(*) FROM events WHERE type = 'CredentialSaved') + 1000 FROM key_sentinels;
