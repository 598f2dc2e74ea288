/** Database and role of a service: `trade-executor` → `trade_executor`. */
export const databaseNameOf = (service: string): string => service.replaceAll('-', '_');

/** The role that owns a service's tables. */
export const migratorRoleOf = (service: string): string => `${databaseNameOf(service)}_migrator`;

/** The role that reads what migrations grant it, in every service's database. */
export const auditorRole = 'auditor';

/** `url` with another user, password and database; host, port and parameters stay. */
export const urlFor = (url: string, user: string, password: string, database: string): string => {
  const target = new URL(url);
  target.username = encodeURIComponent(user);
  target.password = encodeURIComponent(password);
  target.pathname = `/${encodeURIComponent(database)}`;
  return target.href;
};

/** The same user in another database. */
export const urlInDatabase = (url: string, database: string): string => {
  const target = new URL(url);
  target.pathname = `/${encodeURIComponent(database)}`;
  return target.href;
};
