import { inSpan, markFailed, traceparentOf } from '@latchkey/tracing';
import { SpanKind } from '@opentelemetry/api';
import type { KeyVault } from '../app/ports/vault.js';

/** Strings travel in batches, and each is signed in its own trace: the item carries its span to the vault. */
export const tracedVault = (vault: KeyVault): KeyVault => ({
  ...vault,
  sign: (item) =>
    inSpan(
      'vault sign',
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'rpc.system': 'nats',
          'rpc.service': 'key-vault',
          'rpc.method': 'sign',
          'latchkey.sign.purpose': item.purpose,
        },
      },
      async (span) => {
        const traceparent = traceparentOf(span);
        const signed = await vault.sign(traceparent === undefined ? item : { ...item, traceparent });
        if (span && signed.outcome !== 'signed') markFailed(span, signed.code);
        return signed;
      },
    ),
});
