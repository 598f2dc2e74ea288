import { auditErrors, executorErrors, gatewayErrors, vaultErrors } from '@latchkey/contracts';

export type CatalogueRow = { readonly status: number; readonly remedy: string };

/** The catalogues by owner, as docs/errors.md shows them. */
export const errorCatalogues = {
  gateway: gatewayErrors,
  'key-vault': vaultErrors,
  'trade-executor': executorErrors,
  audit: auditErrors,
} as const satisfies Readonly<Record<string, Readonly<Record<string, CatalogueRow>>>>;

/** Every code that can reach a caller. */
export const errorCatalogue: Readonly<Record<string, CatalogueRow | undefined>> = Object.assign(
  {},
  ...Object.values(errorCatalogues),
);
