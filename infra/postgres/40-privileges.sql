-- Once per service, by a superuser, connected to the service's OWN database. Safe to run again at any time: it also takes back what somebody
-- gave by hand on the database and the schema.
-- Settings: latchkey.service

DO $$
DECLARE
  service text := replace(current_setting('latchkey.service'), '-', '_');
  migrator text := service || '_migrator';
  database text := current_database();
BEGIN
  IF database IN ('postgres', 'template0', 'template1') THEN
    RAISE EXCEPTION 'connected to "%": connect to the service''s own database', database;
  END IF;

  -- The superuser keeps the database, so that not even a migrator can open it to others.
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I, %I, auditor', database, service, migrator);
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, auditor', database, service);
  -- CREATE: drizzle keeps its list of applied migrations in a schema of its own.
  EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %I', database, migrator);

  EXECUTE format('ALTER SCHEMA public OWNER TO %I', migrator);
  EXECUTE format('REVOKE ALL ON SCHEMA public FROM PUBLIC, %I, auditor', service);
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, auditor', service);
END
$$;
