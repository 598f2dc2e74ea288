-- Each signature asks for the last event that saved a key (integrity.ts). Daily verification adds events behind it without end: without this
-- index that look-up would go through all of them.
CREATE INDEX events_credential_saved ON events (stream_id, version) WHERE type = 'CredentialSaved';
