-- A pending pair is replaced by the next one, re-wrapped by rotation, and destroyed.
GRANT SELECT, INSERT, UPDATE, DELETE ON key_pairs TO key_vault;
