import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signedBatch, type SignItem } from '@latchkey/contracts';
import { clientOrderIdOf, entryLeg, newId, tradeIdOf, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { connectNats, createRpcClient } from '@latchkey/messaging';
import { createTrustedKeys, loadMessageKey, offerSession, type AskingSession, type JWK } from '@latchkey/sealing';
import { until } from './http.js';
import type { Stack } from './stack.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Asks the vault in a session, as the executor does, with the executor's own keys. */
export const connectAsExecutor = async (stack: Stack) => {
  const { nats, keys } = stack.description();
  const broker = await connectNats({
    identity: 'trade-executor',
    url: nats.url,
    seed: readFileSync(nats.users['trade-executor']?.seedFile ?? '', 'utf8').trim(),
    name: 'bench',
    log: silent,
  });
  await broker.connected();
  const messageKey = await loadMessageKey(
    'trade-executor',
    JSON.parse(readFileSync(join(keys.folder, 'message-trade-executor.jwk.json'), 'utf8')) as JWK,
  );
  const trustedKeys = createTrustedKeys(JSON.parse(readFileSync(keys.trusted, 'utf8')) as Record<string, JWK[]>);
  const rpc = createRpcClient({ broker, identity: 'trade-executor', messageKey, log: silent });
  const openSession = async (): Promise<AskingSession> => {
    const { offer, complete } = await offerSession({ key: messageKey, trusted: trustedKeys, responder: 'key-vault' });
    return complete((await rpc.call('cmd.key-vault.open-session', { offer })).acceptance);
  };
  // A vault that was started a moment ago answers as soon as it listens.
  const session = await until(() => openSession().catch(() => undefined));
  return {
    sign: async (items: readonly SignItem[]): Promise<void> => {
      const batch = { items, context: { actor: 'service:bench', correlationId: newId() } };
      const { frame, open } = session.ask(Buffer.from(JSON.stringify(batch)));
      const answer = await rpc.call('cmd.key-vault.session', { frame }, { instance: session.instance });
      if (!('frame' in answer)) throw new TypeError(`a frame was not taken: ${answer.refused}`);
      const signed = signedBatch.parse(JSON.parse(open(answer.frame).toString('utf8')));
      const refused = signed.items.find((item) => !item.ok);
      if (refused) throw new TypeError(`a string was refused: ${JSON.stringify(refused)}`);
    },
    close: () => broker.close(),
  };
};

/** The string of one market order, for a trade that nobody made. */
export const orderString = (user: string): SignItem => {
  const account = { userId: user as UserId, exchange: 'binance', environment: 'live' } as const;
  const signalId = randomUUID() as SignalId;
  const tradeId = tradeIdOf({ signalId, actionIndex: 0, ...account });
  const clientOrderId = clientOrderIdOf(tradeId, entryLeg);
  return {
    ...account,
    marketType: 'spot',
    purpose: 'open',
    payload: `timestamp=${Date.now()}&symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001&newClientOrderId=${clientOrderId}&newOrderRespType=FULL&recvWindow=5000`,
    trade: { tradeId, signalId, strategyId: randomUUID() as StrategyId, actionIndex: 0, leg: entryLeg, attempt: 1 },
  };
};
