import type { Account } from '@latchkey/contracts';
import { recordTelemetry } from '@latchkey/tracing/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyIdOf } from '../../domain/encryption/keyring.js';
import {
  altering,
  changingBytes,
  everyBit,
  everyLabelBit,
  everyLength,
  everySpelling,
  everyVersionBit,
  fields,
  otherKeys,
  type Mutant,
} from '../../testing/mutants.js';
import { rowBench, type Outcome, type Target } from '../../testing/row-bench.js';
import {
  accountOf,
  goodBybitKey,
  goodKey,
  openItem,
  otherMasterKey,
  readItem,
  save,
  sign,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

const rows = 100;
const swapped = 50;

let fixture: VaultFixture;
let bench: ReturnType<typeof rowBench>;
let targets: readonly Target[];
/** Two users, each at both exchanges in both environments. */
let crossed: readonly Target[];

const ready = async (account: Account, letter: string): Promise<Account> => {
  await save(fixture, account, letter);
  await verify(fixture, account, account.exchange === 'bybit' ? goodBybitKey : goodKey);
  return account;
};

beforeAll(async () => {
  fixture = await vaultFixture();
  bench = rowBench(fixture);
  const accounts: Account[] = [];
  for (let i = 0; i < rows; i += 1) accounts.push(await ready(accountOf(`user-${i}`), String.fromCharCode(65 + (i % 26))));
  targets = await bench.read(accounts);
  const cross: Account[] = [];
  for (const user of ['one', 'two']) {
    for (const exchange of ['binance', 'bybit'] as const) {
      for (const environment of ['live', 'testnet'] as const)
        cross.push(await ready(accountOf(`crossed-${user}`, { exchange, environment }), 'X'));
    }
  }
  crossed = await bench.read(cross);
});
afterAll(() => fixture.close());

/** How many were tried of each kind; anything but a refusal with event and advice goes by its own name. */
const tally = () => {
  const counts = new Map<string, number>();
  const unexpected: string[] = [];
  return {
    add: (what: string, outcomes: readonly Outcome[]) => {
      counts.set(what, (counts.get(what) ?? 0) + outcomes.length);
      for (const { outcome, advised, recorded } of outcomes) {
        if (outcome !== 'vault.integrity_failed' || !advised || !recorded) unexpected.push(`${what}: ${outcome}`);
      }
    },
    close: (title: string) => {
      const tried = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const lines = [...counts].map(([what, count]) => `  ${what}: ${count}`);
      process.stdout.write(`${title}: tried ${tried}, accepted ${unexpected.length}\n${lines.join('\n')}\n`);
      expect(unexpected.slice(0, 5)).toEqual([]);
      return tried;
    },
  };
};

const tryAll = async (mutants: readonly Mutant[], of: readonly Target[], count: ReturnType<typeof tally>): Promise<void> => {
  for (const { what, alter } of mutants) {
    const altered = of.map((target) => ({ ...target, row: alter(target.row) }));
    count.add(what, await bench.judgeAltered(altered));
  }
};

/** Columns of `to` in the place of those of `from`, all else of its row as it was. */
const given = (to: Target, from: Target, what: 'both' | 'apiKey' | 'apiSecret' | 'both and their version' | 'all'): Target => {
  const { secret } = from.row;
  const own = to.row.secret!;
  const put = {
    both: { ...own, apiKey: secret!.apiKey, apiSecret: secret!.apiSecret },
    apiKey: { ...own, apiKey: secret!.apiKey },
    apiSecret: { ...own, apiSecret: secret!.apiSecret },
    'both and their version': { ...own, ...secret, fingerprint: own.fingerprint },
    all: secret!,
  }[what];
  return { ...to, row: { ...to.row, secret: put } };
};

describe('rows as they were written', () => {
  it('open, read by either way, so that what follows shows what altering them does', async () => {
    for (const of of [targets, crossed]) {
      for (const outcomes of [await bench.judgeAltered(of), await bench.judgeStored(of.map(({ account }) => account))])
        expect(outcomes.every(({ outcome }) => outcome === 'signed')).toBe(true);
    }
  });
});

describe('an altered row is refused with a code, an event and the advice to enter the key again', () => {
  // 92 bytes of contents (12 + 64 + 16) and 60 of the wrapped key (12 + 32 + 16), in both fields.
  it.each([
    ['contents', 'apiKey', 92 * 8],
    ['contents', 'apiSecret', 92 * 8],
    ['wrappedKey', 'apiKey', 60 * 8],
    ['wrappedKey', 'apiSecret', 60 * 8],
  ] as const)('every bit of IV, ciphertext and tag of 100 rows: %s of %s', async (part, field, bits) => {
    const count = tally();
    const mutants = everyBit(targets[0]!.row, field, part);
    expect(mutants).toHaveLength(bits);
    await tryAll(mutants, targets, count);
    expect(count.close(`bits of ${field}, ${part}`)).toBe(rows * bits);
  });

  it('every bit of format, key id and versions of 100 rows', async () => {
    const count = tally();
    await tryAll([...everyLabelBit, ...everyVersionBit], targets, count);
    expect(count.close('bits of labels and versions')).toBe(rows * (2 * 20 * 7 + 5 * 32));
  });

  it('tags of 0 to 15 bytes, empty and foreign IVs, other lengths, other spellings, exchanged key ids, on 100 rows', async () => {
    const count = tally();
    const mutants = [...everyLength, ...everySpelling, ...otherKeys(keyIdOf(otherMasterKey()))];
    await tryAll(mutants, targets, count);
    expect(count.close('lengths and spellings')).toBe(rows * mutants.length);
    expect(mutants.filter(({ what }) => what === 'tags of 0 to 15 bytes')).toHaveLength(64);
  });

  it('cut after every character and lengthened by every character, on 10 rows', async () => {
    const count = tally();
    const length = targets[0]!.row.secret!.apiSecret.length;
    const cuts = fields.flatMap((field) => [
      ...Array.from({ length }, (_, at) => altering('envelopes cut short', field, (text) => text.slice(0, at))),
      ...Array.from({ length }, (_, at) => altering('envelopes without their front', field, (text) => text.slice(at + 1))),
      ...Array.from({ length: 128 }, (_, code) =>
        altering('envelopes with one character more', field, (text) => text + String.fromCharCode(code)),
      ),
    ]);
    await tryAll(cuts, targets.slice(0, 10), count);
    expect(count.close('cuts')).toBe(10 * 2 * (2 * length + 128));
  });

  it('all swaps among 50 rows, of either column, of both, with their versions, and of API key with secret', async () => {
    const count = tally();
    const among = targets.slice(0, swapped);
    for (const what of ['both', 'apiKey', 'apiSecret', 'both and their version', 'all'] as const) {
      for (let by = 1; by < swapped; by += 1) {
        const altered = among.map((target, i) => given(target, among[(i + by) % swapped]!, what));
        count.add(`swaps: ${what}`, await bench.judgeAltered(altered));
      }
    }
    for (let by = 0; by < swapped; by += 1) {
      const crosswise = among.map((target, i) => {
        const { secret } = among[(i + by) % swapped]!.row;
        return {
          ...target,
          row: { ...target.row, secret: { ...target.row.secret!, apiKey: secret!.apiSecret, apiSecret: secret!.apiKey } },
        };
      });
      count.add('swaps: API key for secret and back', await bench.judgeAltered(crosswise));
      const doubled = among.map((target, i) => {
        const { secret } = among[(i + by) % swapped]!.row;
        return { ...target, row: { ...target.row, secret: { ...target.row.secret!, apiKey: secret!.apiSecret } } };
      });
      count.add('swaps: a secret as API key', await bench.judgeAltered(doubled));
    }
    // The wrapped key of one envelope with the contents of another, of the other field too.
    for (const field of fields) {
      for (const other of fields) {
        for (let by = field === other ? 1 : 0; by < swapped; by += 1) {
          const mixed = among.map((target, i) => {
            const wrapped = among[(i + by) % swapped]!.row.secret![other].split('.')[2]!;
            return {
              ...target,
              row: altering(
                '',
                field,
                changingBytes('wrappedKey', () => Buffer.from(wrapped, 'base64url')),
              ).alter(target.row),
            };
          });
          count.add('swaps: wrapped keys', await bench.judgeAltered(mixed));
        }
      }
    }
    expect(count.close('swaps among 50 rows')).toBe(swapped * (5 * 49 + 2 * 50 + 2 * 49 + 2 * 50));
  });

  it('swaps between two users, two environments and two exchanges', async () => {
    const count = tally();
    for (const what of ['both', 'apiKey', 'apiSecret', 'both and their version', 'all'] as const) {
      for (let by = 1; by < crossed.length; by += 1) {
        const altered = crossed.map((target, i) => given(target, crossed[(i + by) % crossed.length]!, what));
        count.add(`between accounts: ${what}`, await bench.judgeAltered(altered));
      }
    }
    expect(count.close('swaps between accounts')).toBe(crossed.length * (crossed.length - 1) * 5);
  });
});

describe('through SQL', () => {
  const write = (id: string, { apiKey, apiSecret, savedVersion }: NonNullable<Target['row']['secret']>) =>
    fixture.tamper('update credential_secrets set api_key = $2, api_secret = $3, saved_version = $4 where credential_id = $1', [
      id,
      apiKey,
      apiSecret,
      savedVersion,
    ]);
  /** One mutant for each row, spread over all kinds; Postgres itself refuses a zero in a text. */
  const sampled = (): readonly { readonly target: Target; readonly mutant: Mutant }[] => {
    const all = [
      ...fields.flatMap((field) =>
        (['contents', 'wrappedKey'] as const).flatMap((part) => everyBit(targets[0]!.row, field, part)),
      ),
      ...everyLength,
      ...everySpelling,
      ...otherKeys(keyIdOf(otherMasterKey())),
      ...everyVersionBit.filter(({ what }) => what === 'bits of credential_secrets.saved_version'),
    ].filter(({ alter }) => !JSON.stringify(alter(targets[0]!.row).secret).includes('\\u0000'));
    return targets.flatMap((target, i) =>
      Array.from({ length: 8 }, (_, k) => ({ target, mutant: all[((i * 8 + k) * 3) % all.length]! })),
    );
  };

  it('a sample of 800 is refused as it is at the port', async () => {
    const count = tally();
    for (const { target, mutant } of sampled()) {
      const altered = { ...target, row: mutant.alter(target.row) };
      await write(target.id, altered.row.secret!);
      const stored = await bench.judgeStored([target.account]);
      expect(stored, mutant.what).toEqual(await bench.judgeAltered([altered]));
      count.add('through SQL', stored);
      await write(target.id, target.row.secret!);
    }
    expect(count.close('through SQL')).toBe(800);
  });

  it('by the whole vault, for 100 rows: refused, recorded once, counted, said, and mended by entering the key again', async () => {
    const recording = recordTelemetry();
    const second = { ...fixture, vault: await fixture.another() };
    const altered = sampled().filter((_, i) => i % 8 === 0);
    for (const { target, mutant } of altered) await write(target.id, mutant.alter(target.row).secret!);
    const items = targets.map(({ account }) => openItem(fixture, account));
    const answers = (await sign(second, items)).items;
    expect(answers).toHaveLength(rows);
    for (const answer of answers) {
      expect(answer).toEqual({
        ok: false,
        code: 'vault.integrity_failed',
        message: expect.stringContaining('enter it again'),
      });
    }
    expect((await sign(second, items)).items.every((answer) => !answer.ok && answer.code === 'vault.integrity_failed')).toBe(
      true,
    );
    const events = (await fixture.events('credential-')).filter(({ type }) => type === 'CredentialIntegrityFailed');
    expect(events).toHaveLength(rows);
    expect(new Set(events.map(({ data }) => data['userId']))).toEqual(new Set(targets.map(({ account }) => account.userId)));
    const counted = (await recording.metrics()).filter(({ name }) => name === 'latchkey.signatures');
    expect(counted.map(({ value, attributes }) => [value, attributes])).toEqual([
      [
        2 * rows,
        { 'latchkey.sign.purpose': 'open', 'latchkey.venue': 'binance', 'latchkey.sign.result': 'vault.integrity_failed' },
      ],
    ]);
    await recording.stop();
    const [{ account }] = targets as readonly [Target];
    await ready(account, 'N');
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: true });
  });
});

describe('an old row put back', () => {
  let putBack = 0;
  const secretColumns =
    'saved_version = o.saved_version, key_id = o.key_id, api_key = o.api_key, api_secret = o.api_secret, fingerprint = o.fingerprint';
  const secretAgain = `update credential_secrets t set ${secretColumns} from old_secret o where t.credential_id = o.credential_id`;
  const rowAgain = `update credentials t set state = o.state, status = o.status, stream_version = o.stream_version, saved_version = o.saved_version
    from old_row o where t.credential_id = o.credential_id`;
  const savedAgain =
    'update credentials t set saved_version = o.saved_version from old_row o where t.credential_id = o.credential_id';
  const streamAgain = 'update streams t set version = o.version from old_stream o where t.stream_id = o.stream_id';

  it.each<[string, readonly string[]]>([
    ['the secret alone', [secretAgain]],
    ['the secret and the version that it was saved at', [secretAgain, savedAgain]],
    ['the secret and the whole row', [secretAgain, rowAgain]],
    ['the secret, the row and the version of its stream', [secretAgain, rowAgain, streamAgain]],
    ['the secret and the version of its stream', [secretAgain, streamAgain]],
  ])('%s: the replaced key signs nothing', async (_what, statements) => {
    putBack += 1;
    const account = await ready(accountOf(`old-${putBack}`), 'O');
    const [target] = await bench.read([account]);
    const id = target!.id;
    await fixture.tamper('create table old_secret as select * from credential_secrets where credential_id = $1', [id]);
    await fixture.tamper('create table old_row as select * from credentials where credential_id = $1', [id]);
    await fixture.tamper('create table old_stream as select * from streams where stream_id = $1', [`credential-${id}`]);
    await ready(account, 'P');
    for (const statement of statements) await fixture.tamper(statement);
    const answers = [await signOne(fixture, openItem(fixture, account)), await signOne(fixture, readItem(fixture, account))];
    await fixture.tamper('drop table old_secret, old_row, old_stream');
    for (const answer of answers) expect(answer).toMatchObject({ ok: false, code: 'vault.integrity_failed' });
  });

  it('of a deleted key signs nothing, with its row and without it', async () => {
    for (const withRow of [false, true]) {
      const account = await ready(accountOf(`gone-${withRow}`), 'O');
      const [target] = await bench.read([account]);
      const id = target!.id;
      await fixture.tamper('create table old_secret as select * from credential_secrets where credential_id = $1', [id]);
      await fixture.tamper('create table old_row as select * from credentials where credential_id = $1', [id]);
      await fixture.vault.deleteCredential({ ...account, context: { actor: 'user:gone', correlationId: id } });
      fixture.clock.advance(121_000);
      await fixture.vault.destroyDueSecrets();
      await fixture.tamper('insert into credential_secrets select * from old_secret');
      if (withRow) await fixture.tamper(rowAgain);
      expect(await signOne(fixture, readItem(fixture, account))).toMatchObject({ ok: false, code: 'vault.credential_deleted' });
      await fixture.tamper('drop table old_secret, old_row');
    }
  });
});
