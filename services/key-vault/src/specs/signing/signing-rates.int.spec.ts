import type { SignItem } from '@latchkey/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCredentialRate, defaultInstanceRate } from '../../app/instance-rate.js';
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
  // So slow that nothing comes back while a spec looks.
  fixture = await vaultFixture({ credentialRate: { burst: 5, perSecond: 0.000_001 } });
});
afterAll(() => fixture.close());

let users = 0;
const readyAccount = async () => {
  const account = accountOf(`busy-${(users += 1)}`);
  await save(fixture, account);
  await verify(fixture, account);
  return account;
};
const outcomes = async (items: readonly SignItem[], of = fixture) =>
  (await sign(of, items)).items.map((answer) => (answer.ok ? 'signed' : answer.code));
const times = (n: number, outcome: string) => Array.from({ length: n }, () => outcome);
const opens = (account: ReturnType<typeof accountOf>, n: number) => Array.from({ length: n }, () => openItem(fixture, account));

describe("a credential's rate", () => {
  it('bounds what is signed for it, one after the other and at once, over all instances', async () => {
    const account = await readyAccount();
    const second = { ...fixture, vault: await fixture.another() };
    expect(await outcomes(opens(account, 3))).toEqual(times(3, 'signed'));
    const answers = await Promise.all([outcomes(opens(account, 4)), outcomes(opens(account, 4), second)]);
    expect(answers.flat().filter((outcome) => outcome === 'signed')).toHaveLength(2);
    expect(new Set(answers.flat())).toEqual(new Set(['signed', 'vault.rate_limited']));
    const restarted = { ...fixture, vault: await fixture.another() };
    expect(await outcomes(opens(account, 1), restarted)).toEqual(['vault.rate_limited']);
  });

  it('is nobody else’s, and one purpose does not use up what another needs', async () => {
    const [busy, other] = [await readyAccount(), await readyAccount()];
    expect(await outcomes(Array.from({ length: 6 }, () => readItem(fixture, busy)))).toEqual([
      ...times(5, 'signed'),
      'vault.rate_limited',
    ]);
    expect(await outcomes(opens(busy, 6))).toEqual([...times(5, 'signed'), 'vault.rate_limited']);
    const close: SignItem = {
      ...openItem(fixture, busy),
      purpose: 'close',
    };
    const closing = {
      ...close,
      payload: close.payload.replace('side=BUY', 'side=SELL').replace('quoteOrderQty=100', 'quantity=0.01'),
    };
    const cancel: SignItem = {
      ...readItem(fixture, busy),
      purpose: 'cancel',
      payload: `symbol=BTCUSDT&orderId=7&${windowOf(fixture)}`,
    };
    expect(await outcomes([closing, cancel])).toEqual(['signed', 'signed']);
    expect(await outcomes(opens(other, 5))).toEqual(times(5, 'signed'));
  });

  it("is refilled by the database's clock up to the burst", async () => {
    const account = await readyAccount();
    await outcomes(opens(account, 5));
    const [row] = await fixture.tamper(
      `select r.tokens from signing_rates r join credentials c using (credential_id) where c.user_id = $1 and purpose = 'open'`,
      [account.userId],
    );
    expect(Number(row?.['tokens'])).toBeCloseTo(0, 3);
    // As if those five had been taken two million seconds ago: two tokens have come back.
    const age = (seconds: number) =>
      fixture.tamper(
        `update signing_rates r set filled_at = filled_at - $2 * interval '1 second' from credentials c
          where c.credential_id = r.credential_id and c.user_id = $1`,
        [account.userId, seconds],
      );
    await age(2_000_000);
    expect(await outcomes(opens(account, 3))).toEqual(['signed', 'signed', 'vault.rate_limited']);
    await age(1_000_000_000);
    expect(await outcomes(opens(account, 7))).toEqual([...times(5, 'signed'), ...times(2, 'vault.rate_limited')]);
  });

  it('leaves no claim on the attempt that it refused', async () => {
    const account = await readyAccount();
    await outcomes(opens(account, 5));
    const item = openItem(fixture, account);
    expect(await signOne(fixture, item)).toMatchObject({ code: 'vault.rate_limited' });
    const claims = await fixture.tamper('select 1 from signed_attempts where trade_id = $1', [item.trade?.tradeId]);
    expect(claims).toEqual([]);
  });
});

describe('the rate of an instance', () => {
  it('bounds all credentials together, and says so string by string', async () => {
    const small = await fixture.another({ instanceRate: { burst: 3, perSecond: 1 } });
    const accounts = [await readyAccount(), await readyAccount()];
    const items = accounts.flatMap((account) => opens(account, 2));
    expect(await outcomes(items, { ...fixture, vault: small })).toEqual([...times(3, 'signed'), 'vault.rate_limited']);
    fixture.clock.advance(1_000);
    expect(await outcomes(opens(accounts[1]!, 1), { ...fixture, vault: small })).toEqual(['signed']);
  });

  it('is never met by ten thousand followers with an order each', () => {
    expect(defaultInstanceRate.burst).toBeGreaterThanOrEqual(10_000 * 6);
    expect(defaultCredentialRate.burst).toBeGreaterThanOrEqual(6);
  });
});

describe('a group of signatures', () => {
  it('asks about rates, halts, lists and the freeze in one statement, however many strings and credentials it has', async () => {
    const accounts = await Promise.all(Array.from({ length: 8 }, () => readyAccount()));
    const texts: string[] = [];
    const watching = await fixture.another({ watch: (text) => texts.push(text) });
    const statements = async (items: readonly SignItem[]) => {
      texts.length = 0;
      expect(await outcomes(items, { ...fixture, vault: watching })).toEqual(items.map(() => 'signed'));
      return [...texts];
    };
    const one = await statements(opens(accounts[0]!, 1));
    const many = await statements(accounts.flatMap((account) => opens(account, 2)));
    expect(many).toEqual(one);
    expect(one.filter((text) => text.includes('signing_rates'))).toHaveLength(1);
    expect(one.filter((text) => text.includes('trading_halts') || text.includes('vault-freeze'))).toHaveLength(1);
  });
});
