-- Once per service, by a superuser, connected to any database. Answers the statement that makes the database, or no row when it is there:
-- CREATE DATABASE cannot run inside a function, so whoever runs this file runs what it answers (psql: `-At -f 30-database.sql | psql`).
-- Settings: latchkey.database (gateway, key_vault, trade_executor, audit)
--
-- The locale is Postgres's own, so that text sorts alike wherever the server runs.

SELECT format(
         'CREATE DATABASE %I TEMPLATE template0 ENCODING %L LOCALE_PROVIDER builtin BUILTIN_LOCALE %L LOCALE %L',
         current_setting('latchkey.database'), 'UTF8', 'C.UTF-8', 'C') AS statement
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = current_setting('latchkey.database'));
