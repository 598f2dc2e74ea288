import type { AccountSettings, CommandContext, SignItem, VerificationResult } from '@latchkey/contracts';
import { newId, type CredentialId, type UserId } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { Exchange, Exchanges, SignedCall } from './ports/exchange.js';
import type { Signed, KeyVault } from './ports/vault.js';
import { verifyCredential } from './verify-credential.js';

const account = { userId: 'user-1' as UserId, exchange: 'bybit', environment: 'live' } as const;
const verificationId = '0199d3a0-7c00-7000-8000-000000000005';
const context: CommandContext = { actor: 'user:user-1', correlationId: newId() };
const rights = { canRead: true, canTrade: true };
const futures = { spot: rights, linear: rights };
const good: VerificationResult = {
  outcome: 'reported',
  permissions: { canRead: true, canTrade: true, canWithdraw: false },
  granted: [],
  ipRestricted: true,
};
const refusal = (code: string): VerificationResult => ({ outcome: 'refused', code, message: 'no' });

type Scene = {
  readonly live?: VerificationResult;
  readonly testnet?: VerificationResult;
  readonly settings?: AccountSettings;
  readonly clock?: 'unknown';
  readonly pausedUntil?: number;
  readonly tookMs?: number;
  readonly addresses?: readonly string[];
  /** What the venue says to the key by other ways than the first. */
  readonly by?: Readonly<Record<string, VerificationResult>>;
  /** What the vault says to the nth string. */
  readonly vault?: (item: SignItem, n: number) => Exclude<Signed, { outcome: 'signed' }> | undefined;
};

/** A venue that asks for one signature before each answer, and a vault that keeps what it was asked and told. */
const verify = async (scene: Scene = {}) => {
  const clock = manualClock();
  const signed: SignItem[] = [];
  const completed: VerificationResult[] = [];
  const asked: string[] = [];

  const answer = async <T>(what: string, call: SignedCall, value: T, otherwise: T): Promise<T> => {
    asked.push(what);
    if (!(await call.authorize(what))) return otherwise;
    clock.advance(scene.tookMs ?? 0);
    return value;
  };
  const away: VerificationResult = { outcome: 'unavailable', code: 'venue.unavailable', message: 'nothing was sent' };
  const exchanges: Exchanges = ({ environment, marketType, exchange }) =>
    ({
      exchange,
      environment,
      marketType,
      clock: { now: () => (scene.clock === 'unknown' ? undefined : clock.now()), resync: () => undefined },
      pausedUntil: () => scene.pausedUntil ?? 0,
      verifyKey: (call: SignedCall) =>
        answer(
          `${environment} key`,
          call,
          scene.by?.[call.address ?? ''] ?? (environment === 'live' ? scene.live : scene.testnet) ?? good,
          away,
        ),
      ...(marketType === 'linear' && {
        accountSettings: (call: SignedCall) => answer('account', call, scene.settings ?? {}, {}),
      }),
    }) as unknown as Exchange;
  const vault: Pick<KeyVault, 'sign' | 'completeVerification'> = {
    sign: async (item) => {
      const refused = scene.vault?.(item, signed.length + 1);
      signed.push(item);
      return refused ?? { outcome: 'signed', apiKey: 'key', signature: 'signature', signedAt: clock.now() };
    },
    completeVerification: async ({ result }) => {
      completed.push(result);
      return { verified: result.outcome === 'reported', message: '', warnings: [] };
    },
  };
  const request = { verificationId, credentialId: newId<CredentialId>(), ...account, context };
  const verdict = await verifyCredential({
    exchanges,
    vault: vault as KeyVault,
    clock,
    addresses: scene.addresses ?? ['system'],
  })(request).catch((error: unknown) => error);
  return { verdict, signed, completed, asked };
};

describe('a verification', () => {
  it('asks one question, with a string for it alone, and brings the answer to the vault', async () => {
    const { verdict, signed, completed } = await verify();
    expect(verdict).toMatchObject({ verified: true });
    expect(completed).toEqual([good]);
    expect(signed).toEqual([{ ...account, purpose: 'verify', marketType: 'spot', payload: 'live key', verificationId }]);
  });

  it('asks what the account is like where the key trades futures, with strings of that market', async () => {
    const live: VerificationResult = { ...good, markets: futures, account: { type: 'unified' } };
    const { completed, signed } = await verify({ live, settings: { positionMode: 'hedge' } });
    expect(completed).toEqual([{ ...live, account: { type: 'unified', positionMode: 'hedge' } }]);
    expect(signed.map(({ marketType }) => marketType)).toEqual(['spot', 'linear']);
  });

  it('is none the worse when that cannot be told, or not in time', async () => {
    const live: VerificationResult = { ...good, markets: futures };
    const vault: Scene['vault'] = (_, n) => (n === 2 ? { outcome: 'away', code: 'rpc.timeout', message: '' } : undefined);
    expect((await verify({ live, vault })).completed).toEqual([{ ...live, account: {} }]);
    const late = await verify({ live, tookMs: 5_001 });
    expect([late.completed, late.asked]).toEqual([[live], ['live key']]);
  });

  it('tells a key of the other environment by asking there', async () => {
    for (const code of ['venue.key_unknown', 'venue.key_refused']) {
      const { completed, signed } = await verify({ live: refusal(code) });
      expect(completed).toMatchObject([{ outcome: 'refused', code: 'venue.key_other_environment' }]);
      // The string is of the account that is verified: the vault signs for that one alone.
      expect(signed.map(({ environment }) => environment)).toEqual(['live', 'live']);
    }
  });

  it('takes no other answer from there for a proof', async () => {
    const live = refusal('venue.key_unknown');
    expect((await verify({ live, testnet: refusal('venue.key_unknown') })).completed).toEqual([live]);
    const away: VerificationResult = { outcome: 'unavailable', code: 'venue.unavailable', message: '' };
    expect((await verify({ live, testnet: away })).completed).toEqual([live]);
    expect((await verify({ live: refusal('venue.key_expired') })).asked).toEqual(['live key']);
    expect((await verify({ live: away })).asked).toEqual(['live key']);
  });

  describe('with several ways out', () => {
    const addresses = ['203.0.113.7', '203.0.113.8', '203.0.113.9'];

    it('goes by each of them', async () => {
      const { completed, asked } = await verify({ addresses });
      expect([completed, asked]).toEqual([[good], ['live key', 'live key', 'live key']]);
    });

    it.each(addresses)(
      'finds a key that allows some of our addresses, whatever the venue calls it, and names one that it does not: %s',
      async (address) => {
        for (const code of ['venue.key_refused', 'venue.address_not_allowed']) {
          const { completed } = await verify({ addresses, by: { [address]: refusal(code) } });
          const message = expect.stringContaining(`not from ${address}`) as string;
          expect(completed).toMatchObject([{ outcome: 'refused', code: 'venue.some_addresses_not_allowed', message }]);
        }
      },
    );

    it('says what the venue says of a key that it refuses from all of them', async () => {
      const refused = refusal('venue.address_not_allowed');
      const by = Object.fromEntries(addresses.map((address) => [address, refused]));
      expect((await verify({ addresses, by })).completed).toEqual([refused]);
    });

    it('proves nothing where one of them could not ask', async () => {
      const away: VerificationResult = { outcome: 'unavailable', code: 'venue.unavailable', message: '' };
      expect((await verify({ addresses, by: { '203.0.113.8': away } })).completed).toEqual([away]);
    });

    it('asks no more when the key itself is refused', async () => {
      const { asked } = await verify({ addresses, by: { '203.0.113.7': refusal('venue.key_expired') } });
      expect(asked).toEqual(['live key']);
    });
  });

  it('leaves a venue alone that wants to be, and says that nothing is known', async () => {
    const { asked, completed } = await verify({ pausedUntil: 1 });
    expect([asked, completed]).toMatchObject([[], [{ outcome: 'unavailable', code: 'venue.rate_limited' }]]);
  });

  it('is not begun while the venue’s clock is unknown, and proves nothing without a signature', async () => {
    const unknown = await verify({ clock: 'unknown' });
    expect([unknown.verdict, unknown.completed]).toMatchObject([{ code: 'venue.clock_unknown' }, []]);
    const vault: Scene['vault'] = () => ({ outcome: 'refused', code: 'vault.credential_deleted', message: 'deleted' });
    const unsigned = await verify({ vault });
    expect([unsigned.verdict, unsigned.completed]).toMatchObject([
      { code: 'verification.unsigned', details: { code: 'vault.credential_deleted' } },
      [],
    ]);
  });
});
