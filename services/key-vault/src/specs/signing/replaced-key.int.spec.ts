import type { Account, Envelope, SignItem } from '@latchkey/contracts';
import { withTransaction } from '@latchkey/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accountOf,
  openItem,
  readItem,
  save,
  sign,
  signOne,
  vaultFixture,
  verify,
  windowOf,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
});
afterAll(() => fixture.close());

let users = 0;
const useKey = async (account: Account, letter: string) => {
  await save(fixture, account, letter);
  await verify(fixture, account);
};
const signedOrder = async () => {
  const account = accountOf(`user-${(users += 1)}`);
  await useKey(account, 'K');
  const order = openItem(fixture, account);
  expect(await signOne(fixture, order)).toMatchObject({ ok: true });
  return { account, order };
};
const asking = (order: SignItem, purpose: 'read' | 'cancel', attempt = 1): SignItem => ({
  ...readItem(fixture, { userId: order.userId, exchange: order.exchange, environment: order.environment }),
  purpose,
  payload: `symbol=BTCUSDT&orderId=1&${windowOf(fixture)}`,
  trade: { ...order.trade!, attempt },
});
const leverageFor = (order: SignItem, attempt: number): SignItem => ({
  ...asking(order, 'read', attempt),
  purpose: 'configure',
  marketType: 'linear',
  payload: `symbol=BTCUSDT&leverage=5&${windowOf(fixture)}`,
});
const outcomes = (answers: readonly { ok: boolean; code?: string }[]) => answers.map(({ ok, code }) => (ok ? 'signed' : code));
const replaced = { ok: false, code: 'vault.key_replaced' };

describe('an order that was signed before its key was replaced', () => {
  it('is neither looked up nor canceled with the new key, which may be of another account', async () => {
    const { account, order } = await signedOrder();
    expect(await signOne(fixture, asking(order, 'read'))).toMatchObject({ ok: true });
    await useKey(account, 'L');
    expect(await signOne(fixture, asking(order, 'read'))).toMatchObject(replaced);
    expect(await signOne(fixture, asking(order, 'cancel'))).toMatchObject(replaced);
    const recorded = (await fixture.events('signatures-')).at(-1);
    expect(recorded?.data['items']).toMatchObject([{ purpose: 'cancel', outcome: 'vault.key_replaced' }]);
  });

  it('is not signed again for the new key: not as a further attempt, and not as the same one', async () => {
    const { account, order } = await signedOrder();
    await useKey(account, 'L');
    const further = openItem(fixture, account, { signalId: order.trade!.signalId, attempt: 2 });
    expect(await signOne(fixture, further)).toMatchObject(replaced);
    expect(await signOne(fixture, leverageFor(order, 2))).toMatchObject(replaced);
    // The same attempt was signed, so that its order may stand: that is what has to be heard.
    expect(await signOne(fixture, order)).toMatchObject({ code: 'vault.attempt_already_signed' });
    // Nothing was claimed by being refused.
    await useKey(account, 'K');
    expect(await signOne(fixture, leverageFor(order, 2))).toMatchObject({ ok: true });
    expect(await signOne(fixture, further)).toMatchObject({ ok: true });
  });

  it('goes on when the same API key was saved again', async () => {
    const { account, order } = await signedOrder();
    await useKey(account, 'K');
    const further = openItem(fixture, account, { signalId: order.trade!.signalId, attempt: 2 });
    expect(outcomes((await sign(fixture, [asking(order, 'read'), asking(order, 'cancel'), order, further])).items)).toEqual(
      Array.from({ length: 4 }, () => 'signed'),
    );
  });

  it('refuses nothing of other trades: the new key opens, looks up and reads on its own', async () => {
    const { account, order } = await signedOrder();
    await useKey(account, 'L');
    const own = openItem(fixture, account);
    const items = [
      asking(order, 'read'),
      own,
      asking(own, 'read'),
      readItem(fixture, account),
      asking(openItem(fixture, account), 'read'),
    ];
    expect(outcomes((await sign(fixture, items)).items)).toEqual([
      'vault.key_replaced',
      ...Array.from({ length: 4 }, () => 'signed'),
    ]);
  });

  it('is not looked up by an attempt that was never signed either, as a restored database would', async () => {
    const { account, order } = await signedOrder();
    await useKey(account, 'L');
    expect(await signOne(fixture, asking(order, 'read', 2))).toMatchObject(replaced);
  });

  it('is known again, with its key, from the events that a restored database gets back', async () => {
    const { account, order } = await signedOrder();
    const recorded = (await fixture.tamper(
      `select type, v as eventversion, data, stream_id as streamid from events where data::text like '%' || $1 || '%'`,
      [order.trade!.tradeId],
    )) as unknown as readonly Envelope[];
    await fixture.tamper('delete from signed_attempts where trade_id = $1', [order.trade!.tradeId]);
    await withTransaction(fixture.pool, (tx) => fixture.vault.onImported(tx, recorded));
    expect(await signOne(fixture, asking(order, 'read'))).toMatchObject({ ok: true });
    await useKey(account, 'L');
    expect(await signOne(fixture, asking(order, 'read'))).toMatchObject(replaced);
  });

  it('counts as signed with another key where its key is not on record', async () => {
    const { order } = await signedOrder();
    await fixture.tamper('update signed_attempts set key_fingerprint = null where trade_id = $1', [order.trade!.tradeId]);
    expect(await signOne(fixture, asking(order, 'read'))).toMatchObject(replaced);
  });
});
