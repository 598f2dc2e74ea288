-- Once per cluster, by a superuser, connected to any database. Safe to run again at any time.
-- Settings: latchkey.auditor_password

-- PUBLIC may connect to every new database by default: no service has business in these two.
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;

-- auditor: reads what migrations grant it, in every service's database; used by `latchkey audit verify --complete`.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'auditor') THEN
    CREATE ROLE auditor;
  END IF;
  EXECUTE format(
    'ALTER ROLE auditor WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS PASSWORD %L',
    current_setting('latchkey.auditor_password'));
  ALTER ROLE auditor SET default_transaction_read_only = on;
  ALTER ROLE auditor SET statement_timeout = '10min';
  ALTER ROLE auditor SET idle_in_transaction_session_timeout = '10min';
END
$$;
