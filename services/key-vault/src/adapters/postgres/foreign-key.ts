/** Postgres refused a row because of a row that it refers to, or one that refers to it. */
export const isForeignKeyViolation = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === '23503';
