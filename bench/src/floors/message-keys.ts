import {
  createEventSigner,
  createEventVerifier,
  createReplyKey,
  createTrustedKeys,
  generateMessageKeyJwk,
  loadMessageKey,
  openReply,
  publicMessageJwk,
  sealReply,
  signMessage,
  verifyMessage,
} from '@latchkey/sealing';
import { spread, type Spread } from '../harness/result.js';

const measure = async (times: number, work: () => Promise<unknown>): Promise<Spread> => {
  const took: number[] = [];
  for (let i = 0; i < times + 20; i += 1) {
    const start = performance.now();
    await work();
    if (i >= 20) took.push(performance.now() - start);
  }
  return spread(took);
};

/** What the promises of messages cost by themselves: an event signed and checked; a command signed and checked, its answer sealed and opened. */
export const messageKeyFloors = async (times = 300): Promise<{ readonly event: Spread; readonly sealedCall: Spread }> => {
  const jwk = await generateMessageKeyJwk();
  const key = await loadMessageKey('gateway', jwk);
  const trusted = createTrustedKeys({ gateway: [publicMessageJwk(jwk)] });
  const [sign, verify] = [createEventSigner(key), createEventVerifier(trusted)];
  const bytes = new TextEncoder().encode('x'.repeat(900));
  const message = { key, audience: 'key-vault', payload: { body: 'x'.repeat(600) } };
  const expected = { trusted, audience: 'key-vault', issuers: ['gateway'], maxAgeMs: 10_000 };
  return {
    event: await measure(times, async () => verify('gateway', 'evt.x', bytes, await sign('evt.x', bytes))),
    sealedCall: await measure(times, async () => {
      const reply = await createReplyKey();
      await verifyMessage(await signMessage({ ...message, type: 'command' }), { ...expected, type: 'command' });
      const sealed = await sealReply({ ...message, type: 'answer', recipient: reply.publicJwk });
      await openReply(sealed, { ...expected, type: 'answer', privateKey: reply.privateKey });
    }),
  };
};
