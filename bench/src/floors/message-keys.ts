import {
  acceptSession,
  createEventSigner,
  createEventVerifier,
  createTrustedKeys,
  generateMessageKeyJwk,
  loadMessageKey,
  offerSession,
  publicMessageJwk,
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

/** What the promises of messages cost by themselves: an event signed and checked; a question and its answer in a session, both sealed and opened. */
export const messageKeyFloors = async (times = 300): Promise<{ readonly event: Spread; readonly sessionCall: Spread }> => {
  const [jwk, vaultJwk] = [await generateMessageKeyJwk(), await generateMessageKeyJwk()];
  const [key, vault] = [await loadMessageKey('gateway', jwk), await loadMessageKey('key-vault', vaultJwk)];
  const trusted = createTrustedKeys({ gateway: [publicMessageJwk(jwk)], 'key-vault': [publicMessageJwk(vaultJwk)] });
  const [sign, verify] = [createEventSigner(key), createEventVerifier(trusted)];
  const bytes = new TextEncoder().encode('x'.repeat(900));
  const { offer, complete } = await offerSession({ key, trusted, responder: 'key-vault' });
  const accepted = await acceptSession({ offer, key: vault, trusted, issuers: ['gateway'], instance: 'bench' });
  const session = await complete(accepted.acceptance);
  return {
    event: await measure(times, async () => verify('gateway', 'evt.x', bytes, await sign('evt.x', bytes))),
    sessionCall: await measure(times, async () => {
      const asked = session.ask(bytes);
      asked.open(accepted.session.open(asked.frame).reply(bytes));
    }),
  };
};
