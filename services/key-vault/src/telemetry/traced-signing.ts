import type { SignItem } from '@latchkey/contracts';
import { endSpan, markFailed, meter, outsideOfTraces, startSpan } from '@latchkey/tracing';
import { SpanKind, type Span } from '@opentelemetry/api';
import type { VaultUseCases } from '../app/use-cases.js';

type SignStrings = VaultUseCases['signStrings'];

const spanOf = ({ purpose, exchange, traceparent }: SignItem): Span | undefined =>
  startSpan('sign', {
    kind: SpanKind.SERVER,
    parent: traceparent,
    attributes: {
      'rpc.system': 'nats',
      'rpc.service': 'key-vault',
      'rpc.method': 'sign',
      'latchkey.sign.purpose': purpose,
      'latchkey.venue': exchange,
    },
  });

/** Every string of a batch is answered in its own trace, and counted; neither string nor signature is looked at. */
export const tracedSigning = (signStrings: SignStrings): SignStrings => {
  const signatures = meter().createCounter('latchkey.signatures', {
    description: 'Strings that were to be signed, by what became of them',
    unit: '{signature}',
  });
  const count = ({ purpose, exchange }: SignItem, result: string): void =>
    signatures.add(1, { 'latchkey.sign.purpose': purpose, 'latchkey.venue': exchange, 'latchkey.sign.result': result });
  const sign = outsideOfTraces(signStrings);

  return async (command, caller, requestId) => {
    const { items } = command;
    const spans = items.map(spanOf);
    try {
      const reply = await sign(command, caller, requestId);
      items.forEach((item, i) => {
        const answer = reply.items[i];
        const [span, result] = [spans[i], answer?.ok === true ? 'signed' : (answer?.code ?? 'missing')];
        count(item, result);
        if (span && result !== 'signed') markFailed(span, result);
        span?.end();
      });
      return reply;
    } catch (error) {
      items.forEach((item, i) => {
        count(item, 'failed');
        endSpan(spans[i], error);
      });
      throw error;
    }
  };
};
