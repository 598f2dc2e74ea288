-- Every service with a relay, a consumer or partitions has leases. :service is its role.

GRANT SELECT, INSERT, UPDATE ON leases TO :service;
