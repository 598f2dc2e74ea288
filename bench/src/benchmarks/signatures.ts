import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signedBatch, type SignItem } from '@latchkey/contracts';
import { clientOrderIdOf, entryLeg, newId, tradeIdOf, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { connectNats, createRpcClient } from '@latchkey/messaging';
import { createTrustedKeys, loadMessageKey, offerSession, type JWK } from '@latchkey/sealing';
import { insertDurably, openScratch } from '../floors/database.js';
import { newFollowers, type Follower } from '../harness/followers.js';
import { inParallel } from '../harness/http.js';
import { spread, type Line, type Report, type Spread } from '../harness/result.js';
import type { Stack } from '../harness/stack.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Calls the vault as the executor does, with the executor's own keys. */
const connectAsExecutor = async (stack: Stack) => {
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
  const { offer, complete } = await offerSession({ key: messageKey, trusted: trustedKeys, responder: 'key-vault' });
  const session = await complete((await rpc.call('cmd.key-vault.open-session', { offer })).acceptance);
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
const orderString = ({ id }: Follower): SignItem => {
  const account = { userId: id as UserId, exchange: 'binance', environment: 'live' } as const;
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

type Rate = { readonly perSecond: number; readonly took: Spread };

const rateOf = async (
  requests: number,
  batch: number,
  width: number,
  request: (i: number) => Promise<unknown>,
): Promise<Rate> => {
  const took: number[] = [];
  const start = performance.now();
  await inParallel(Array.from({ length: requests }), width, async (_, i) => {
    const began = performance.now();
    await request(i);
    took.push(performance.now() - began);
  });
  return { perSecond: (requests * batch * 1_000) / (performance.now() - start), took: spread(took) };
};

const secret = 'f'.repeat(64);

/** The least that a recorded signature can cost: the HMAC, and a durable row for each. */
const bareSignatures = async (stack: Stack, requests: number, batch: number, width: number): Promise<Rate> => {
  const { clients, close } = await openScratch(stack, width);
  const free = [...clients];
  const rate = await rateOf(requests, batch, width, async (i) => {
    for (let n = 0; n < batch; n += 1) createHmac('sha256', secret).update(`timestamp=${i}&n=${n}`).digest('hex');
    const client = free.pop();
    if (client === undefined) throw new TypeError('more at once than connections');
    await insertDurably(client, batch);
    free.push(client);
  });
  await close();
  return rate;
};

/** Signatures per second, one string a request and 50 a request, each recorded before it leaves. */
export const signatures = async (stack: Stack): Promise<Report> => {
  const followers = await newFollowers(stack, 50);
  const executor = await connectAsExecutor(stack);
  const sign = (batch: number, i: number): Promise<void> =>
    executor.sign(
      Array.from({ length: batch }, (_, n) => orderString(followers[(i * batch + n) % followers.length] as Follower)),
    );
  const measured = async (batch: number, requests: number, width: number): Promise<Line> => {
    await rateOf(Math.ceil(requests / 5), batch, width, (i) => sign(batch, i));
    const ours = await rateOf(requests, batch, width, (i) => sign(batch, i));
    const floor = await bareSignatures(stack, requests, batch, width);
    return {
      benchmark: 'signatures',
      measured: batch === 1 ? `one a request, ${width} requests at once` : `${batch} a request, ${width} at once`,
      unit: '1/s',
      ours: ours.perSecond,
      p99: ours.took.p99,
      floorName: 'bare HMAC and a durable insert',
      floor: floor.perSecond,
    };
  };
  try {
    return { lines: [await measured(1, 1_000, 16), await measured(50, 100, 4)], costs: [], steps: [], notes: [] };
  } finally {
    await executor.close();
  }
};
