import type { VaultErrorCode } from '@latchkey/contracts';
import type { Parameters } from './parameters.js';

/** How far a string's timestamp may be from the vault's clock: nothing signed today is of use tomorrow. */
const maxTimestampSkewMs = 3_000;
/** The longest time that a venue may take a signed string. */
const maxRecvWindowMs = 5_000;

const millisecondsSyntax = /^\d{13}$/;
const windowSyntax = /^[1-9]\d{0,3}$/;

/** Binance's `timestamp` and `recvWindow`: both present, in milliseconds, close and short. */
export const refusalOfWindow = (parameters: Parameters, nowMs: number): VaultErrorCode | undefined => {
  const timestamp = parameters.get('timestamp') ?? '';
  const recvWindow = parameters.get('recvWindow') ?? '';
  const written = millisecondsSyntax.test(timestamp) && windowSyntax.test(recvWindow) && Number(recvWindow) <= maxRecvWindowMs;
  if (!written) return 'vault.string_not_allowed';
  return Math.abs(Number(timestamp) - nowMs) <= maxTimestampSkewMs ? undefined : 'vault.timestamp_out_of_window';
};
