-- What a service that consumes events may do with its positions and dead letters. Paste it into a custom migration with :service replaced
-- by its role; `eventStoreGrants` of @latchkey/event-store writes exactly this text.

GRANT SELECT, INSERT, UPDATE ON consumer_positions, consumer_subjects, dead_letters TO :service;
