-- Once per service, by a superuser, connected to any database. Safe to run again at any time: it also takes back what somebody gave by hand.
-- Settings: latchkey.service (gateway, key-vault, trade-executor, audit), latchkey.service_password, latchkey.migrator_password

DO $$
DECLARE
  service text := replace(current_setting('latchkey.service'), '-', '_');
  migrator text := service || '_migrator';
  plain constant text := 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS';
  name text;
BEGIN
  IF service !~ '^[a-z][a-z0-9_]{0,40}$' THEN
    RAISE EXCEPTION 'latchkey.service is "%": set it to the name of a service', service;
  END IF;

  FOREACH name IN ARRAY ARRAY[service, migrator] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I', name);
    END IF;
  END LOOP;

  -- The running service. Its table privileges come from migrations, one GRANT at a time.
  EXECUTE format('ALTER ROLE %I WITH LOGIN %s PASSWORD %L', service, plain, current_setting('latchkey.service_password'));
  EXECUTE format('ALTER ROLE %I SET synchronous_commit = on', service);
  EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', service, '30s');
  EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', service, '15s');

  -- The migrator owns schema and tables. No running service has its password.
  EXECUTE format('ALTER ROLE %I WITH LOGIN %s PASSWORD %L', migrator, plain, current_setting('latchkey.migrator_password'));
  EXECUTE format('ALTER ROLE %I SET synchronous_commit = on', migrator);
  EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', migrator, '15min');
  EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', migrator, '5min');
END
$$;
