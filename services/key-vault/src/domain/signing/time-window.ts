import type { VaultErrorCode } from '@latchkey/contracts';

/** How far a string's timestamp may be from the vault's clock: nothing signed today is of use tomorrow. */
const maxTimestampSkewMs = 3_000;
/** The longest time that a venue may take a signed string. */
const maxRecvWindowMs = 5_000;

const millisecondsSyntax = /^\d{13}$/;
const windowSyntax = /^[1-9]\d{0,3}$/;

/** When a string was made and for how long the venue takes it: both there, in milliseconds, close and short. */
export const refusalOfWindow = (timestamp = '', recvWindow = '', nowMs: number): VaultErrorCode | undefined => {
  const written = millisecondsSyntax.test(timestamp) && windowSyntax.test(recvWindow) && Number(recvWindow) <= maxRecvWindowMs;
  if (!written) return 'vault.string_not_allowed';
  return Math.abs(Number(timestamp) - nowMs) <= maxTimestampSkewMs ? undefined : 'vault.timestamp_out_of_window';
};
