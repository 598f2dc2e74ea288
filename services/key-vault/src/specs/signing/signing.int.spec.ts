import { createHmac, randomUUID } from 'node:crypto';
import type { Envelope, SignItem } from '@latchkey/contracts';
import { withTransaction } from '@latchkey/event-store';
import { sha256Hex } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accountOf,
  apiKeyOf,
  apiSecretOf,
  contextOf,
  goodBybitKey,
  openBybitItem,
  openItem,
  readItem,
  save,
  sign,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
});
afterAll(() => fixture.close());

let users = 0;
const readyAccount = async (letter = 'A') => {
  const account = accountOf(`user-${(users += 1)}`);
  await save(fixture, account, letter);
  await verify(fixture, account);
  return account;
};
const credentialIdOf = async (userId: string) =>
  (await fixture.tamper('select credential_id from credentials where user_id = $1', [userId]))[0]?.['credential_id'] as string;
const outcomes = (answers: readonly { ok: boolean; code?: string }[]) => answers.map(({ ok, code }) => (ok ? 'signed' : code));
const decisions = () => fixture.events('signatures-');

describe('a signature', () => {
  it("is what the user's own secret makes of the string", async () => {
    const account = await readyAccount('H');
    const item = openItem(fixture, account);
    const answer = await signOne(fixture, item);
    const expected = createHmac('sha256', apiSecretOf('H')).update(item.payload).digest('hex');
    expect(answer).toEqual({
      ok: true,
      credentialId: await credentialIdOf(account.userId),
      apiKey: apiKeyOf('H'),
      signature: expected,
    });
  });

  it.each(['spot', 'linear'] as const)(
    'for Bybit %s has the API key in what is signed, and the record has what was asked',
    async (marketType) => {
      const account = accountOf(`user-${(users += 1)}`, { exchange: 'bybit' });
      await save(fixture, account, 'Y');
      await verify(fixture, account, goodBybitKey);
      const item = openBybitItem(fixture, account, marketType);
      const requestId = randomUUID();
      const [answer] = (await sign(fixture, [item], requestId)).items;
      const completed = item.payload.replace('{apiKey}', apiKeyOf('Y'));
      const signature = createHmac('sha256', apiSecretOf('Y')).update(completed).digest('hex');
      expect(answer).toMatchObject({ ok: true, apiKey: apiKeyOf('Y'), signature });
      const [recorded] = (await decisions()).filter(({ data }) => data['requestId'] === requestId);
      expect(recorded?.data['items']).toMatchObject([{ marketType, payloadDigest: sha256Hex(item.payload), outcome: 'signed' }]);
      expect(JSON.stringify(recorded)).not.toContain(apiKeyOf('Y'));
    },
  );

  it('is on the record, item by item, without string, signature or key', async () => {
    const [account, nobody] = [await readyAccount('R'), accountOf('nobody')];
    const items = [openItem(fixture, account), readItem(fixture, nobody)];
    const requestId = randomUUID();
    const answers = (await sign(fixture, items, requestId)).items;
    expect(outcomes(answers)).toEqual(['signed', 'vault.credential_not_found']);
    const [recorded] = (await decisions()).filter(({ data }) => data['requestId'] === requestId);
    expect(recorded).toMatchObject({
      type: 'SignaturesDecided',
      data: {
        caller: 'trade-executor',
        items: [
          { userId: account.userId, purpose: 'open', attempt: 1, payloadDigest: sha256Hex(items[0]!.payload), outcome: 'signed' },
          { userId: 'nobody', purpose: 'read', outcome: 'vault.credential_not_found' },
        ],
      },
    });
    const text = JSON.stringify(recorded);
    const signature = answers[0]?.ok === true ? answers[0].signature : '';
    for (const secret of [items[0]!.payload, signature, apiKeyOf('R'), apiSecretOf('R')]) expect(text).not.toContain(secret);
  });

  it('is given once per request: the same request again is refused, by every process', async () => {
    const account = await readyAccount();
    const requestId = randomUUID();
    expect(outcomes((await sign(fixture, [readItem(fixture, account)], requestId)).items)).toEqual(['signed']);
    const second = { ...fixture, vault: await fixture.another() };
    await expect(sign(second, [readItem(fixture, account)], requestId)).rejects.toThrow(
      expect.objectContaining({ code: 'vault.conflict' }),
    );
  });

  it('is not given when it cannot be recorded', async () => {
    const account = await readyAccount();
    const item = openItem(fixture, account);
    await fixture.tamper('revoke insert on events from key_vault');
    try {
      await expect(sign(fixture, [item])).rejects.toThrow();
    } finally {
      await fixture.tamper('grant insert on events to key_vault');
    }
    // Nothing of it was kept: not even the claim of the attempt.
    const other = { ...item, payload: item.payload.replace('quoteOrderQty=100', 'quoteOrderQty=101') };
    expect(await signOne(fixture, other)).toMatchObject({ ok: true });
  });
});

describe('an attempt', () => {
  it('has one string: the same again is answered, another never', async () => {
    const account = await readyAccount();
    const item = openItem(fixture, account);
    const [first, again] = [await signOne(fixture, item), await signOne(fixture, item)];
    expect(again).toEqual(first);
    fixture.clock.advance(1_000);
    const restamped: SignItem = { ...item, payload: item.payload.replace(/timestamp=\d+/, `timestamp=${fixture.clock.now()}`) };
    expect(await signOne(fixture, restamped)).toMatchObject({ code: 'vault.attempt_already_signed' });
    const next: SignItem = { ...restamped, trade: { ...item.trade!, attempt: 2 } };
    expect(await signOne(fixture, next)).toMatchObject({ ok: true });
  });

  it('has one string however many ask at the same time, in one batch or in many', async () => {
    const account = await readyAccount();
    const signalId = openItem(fixture, account).trade!.signalId;
    const variants = Array.from({ length: 12 }, (_, i) => openItem(fixture, account, { signalId, amount: `${100 + i}` }));
    const second = { ...fixture, vault: await fixture.another() };
    const batches = [variants.slice(0, 4), variants.slice(4, 8)].map((items) => sign(fixture, items));
    const singles = variants.slice(8).map((item) => sign(second, [item]));
    const answers = (await Promise.all([...batches, ...singles])).flatMap(({ items }) => outcomes(items));
    expect(answers.filter((outcome) => outcome === 'signed')).toHaveLength(1);
    expect(new Set(answers)).toEqual(new Set(['signed', 'vault.attempt_already_signed']));
  });
});

describe('many strings', () => {
  it('of many users are answered in their order, each with its own key', async () => {
    const letters = ['D', 'E', 'F', 'G'];
    const accounts = await Promise.all(letters.map((letter) => readyAccount(letter)));
    const items = Array.from({ length: 256 }, (_, i) => openItem(fixture, accounts[i % 4]!));
    const answers = (await sign(fixture, items)).items;
    answers.forEach((answer, i) => {
      const expected = createHmac('sha256', apiSecretOf(letters[i % 4]!))
        .update(items[i]!.payload)
        .digest('hex');
      expect(answer).toMatchObject({ ok: true, signature: expected });
    });
  });

  it('asked for at once are recorded together', async () => {
    const account = await readyAccount();
    const [before] = await fixture.tamper('select max(position) as position from events');
    await Promise.all(Array.from({ length: 40 }, () => sign(fixture, [openItem(fixture, account)])));
    const after = await fixture.tamper(
      'select count(distinct xmin::text)::int as transactions, count(*)::int as events from events where position > $1',
      [before?.['position']],
    );
    const { transactions, events } = after[0] as { transactions: number; events: number };
    expect(events).toBe(40);
    expect(transactions).toBeLessThan(events / 2);
  });
});

describe('the state of a key', () => {
  it('is read again in the transaction that records: a deletion in between refuses', async () => {
    const account = await readyAccount();
    // A deletion under way holds the row: the signature has to wait for it, and must then see it.
    const deletion = await fixture.pool.connect();
    await deletion.query('begin');
    await deletion.query('select 1 from credentials where user_id = $1 for update', [account.userId]);
    const answer = signOne(fixture, openItem(fixture, account));
    await eventually(async () => {
      const waiting = await fixture.tamper(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      expect(waiting).toHaveLength(1);
    });
    await deletion.query(
      `update credentials set status = 'deleting', state = state || '{"status": "deleting", "readableUntil": "2000-01-01T00:00:00.000Z"}' where user_id = $1`,
      [account.userId],
    );
    await deletion.query('commit');
    deletion.release();
    expect(await answer).toMatchObject({ ok: false, code: 'vault.credential_deleted' });
  });
});

describe('a row that was tampered with', () => {
  const damaged = async (userId: string) =>
    (await fixture.events('credential-')).filter(
      ({ type, data }) => type === 'CredentialIntegrityFailed' && data['userId'] === userId,
    );
  const secret = (column: string) => `update credential_secrets set ${column} where credential_id = $1`;
  const otherRow = async () => credentialIdOf((await readyAccount('Z')).userId);

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['a changed secret', (id) => fixture.tamper(secret(`api_secret = overlay(api_secret placing 'AAAA' from 150)`), [id])],
    ['a changed API key', (id) => fixture.tamper(secret(`api_key = overlay(api_key placing 'AAAA' from 150)`), [id])],
    ['a truncated secret', (id) => fixture.tamper(secret('api_secret = left(api_secret, 80)'), [id])],
    ['an empty secret', (id) => fixture.tamper(secret(`api_secret = ''`), [id])],
    ['a secret in clear', (id) => fixture.tamper(secret(`api_secret = '${apiSecretOf('X')}'`), [id])],
    ['fields that were swapped', (id) => fixture.tamper(secret('api_key = api_secret, api_secret = api_key'), [id])],
    ['another format', (id) => fixture.tamper(secret(`api_secret = 'lk9' || substr(api_secret, 4)`), [id])],
    [
      'another master key',
      (id) => fixture.tamper(secret(`api_secret = overlay(api_secret placing '0123456789abcdef' from 5)`), [id]),
    ],
    ['another version', (id) => fixture.tamper(secret('saved_version = 7'), [id])],
    [
      'a version moved in both tables',
      (id) =>
        fixture.tamper(
          'with s as (update credential_secrets set saved_version = 2 where credential_id = $1) update credentials set saved_version = 2 where credential_id = $1',
          [id],
        ),
    ],
    ['a missing secret', (id) => fixture.tamper('delete from credential_secrets where credential_id = $1', [id])],
    [
      'a row ahead of its stream',
      (id) => fixture.tamper('update credentials set stream_version = 99 where credential_id = $1', [id]),
    ],
    [
      "another user's secret",
      async (id) =>
        fixture.tamper(
          `update credential_secrets t set api_key = o.api_key, api_secret = o.api_secret, saved_version = o.saved_version
            from credential_secrets o where t.credential_id = $1 and o.credential_id = $2`,
          [id, await otherRow()],
        ),
    ],
  ])('%s is refused, recorded once, and advised about', async (_what, tamper) => {
    const account = await readyAccount('X');
    await tamper(await credentialIdOf(account.userId));
    const answer = await signOne(fixture, openItem(fixture, account));
    expect(answer).toMatchObject({
      ok: false,
      code: 'vault.integrity_failed',
      message: expect.stringContaining('enter it again'),
    });
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.integrity_failed' });
    expect(await damaged(account.userId)).toHaveLength(1);
    expect((await fixture.vault.listCredentials({ userId: account.userId })).credentials).toMatchObject([
      { enabled: false, verified: false, reason: 'vault.integrity_failed' },
    ]);
    await save(fixture, account, 'Y');
    await verify(fixture, account);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: true, apiKey: apiKeyOf('Y') });
  });

  it('does not spoil the strings of others in the same batch', async () => {
    const [good, bad] = [await readyAccount('G'), await readyAccount('B')];
    await fixture.tamper(secret(`api_secret = reverse(api_secret)`), [await credentialIdOf(bad.userId)]);
    const answers = (await sign(fixture, [openItem(fixture, bad), openItem(fixture, good)])).items;
    expect(outcomes(answers)).toEqual(['vault.integrity_failed', 'signed']);
  });

  it('costs the others no signature that is on the record already when the damage itself cannot be recorded', async () => {
    const [good, bad] = [await readyAccount('G'), await readyAccount('B')];
    await fixture.tamper(secret(`api_secret = reverse(api_secret)`), [await credentialIdOf(bad.userId)]);
    await fixture.tamper(
      `create function refuse_damage() returns trigger language plpgsql as $$ begin raise 'no room'; end $$;
        create trigger refuse_damage before insert on events for each row when (new.type = 'CredentialIntegrityFailed') execute function refuse_damage()`,
    );
    try {
      const answers = (await sign(fixture, [openItem(fixture, bad), openItem(fixture, good)])).items;
      expect(outcomes(answers)).toEqual(['vault.integrity_failed', 'signed']);
    } finally {
      await fixture.tamper('drop trigger refuse_damage on events; drop function refuse_damage');
    }
    // It is met again at the next string.
    expect(await signOne(fixture, openItem(fixture, bad))).toMatchObject({ code: 'vault.integrity_failed' });
    expect(await damaged(bad.userId)).toHaveLength(1);
  });

  it.each(["'{}'", "'null'", `'{"status": "verified"}'`, `'{"status": "superb"}'`])(
    'whose state is none (%s) is written anew from the events',
    async (state) => {
      const account = await readyAccount('X');
      await fixture.tamper(`update credentials set state = ${state} where user_id = $1`, [account.userId]);
      expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: true });
      expect(await damaged(account.userId)).toEqual([]);
    },
  );

  it("takes no other credential's state for its own", async () => {
    const account = accountOf(`user-${(users += 1)}`);
    await save(fixture, account, 'X');
    const other = await readyAccount('Z');
    await fixture.tamper('update credentials t set state = o.state from credentials o where t.user_id = $1 and o.user_id = $2', [
      account.userId,
      other.userId,
    ]);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.credential_unverified' });
  });

  it('does not open as an old copy put back: of the secret, of all in the row, or with the version that it was saved at', async () => {
    for (const put of ['secret', 'row', 'version'] as const) {
      const account = await readyAccount('O');
      const id = await credentialIdOf(account.userId);
      await fixture.tamper('create table old_secret as select * from credential_secrets where credential_id = $1', [id]);
      await fixture.tamper('create table old_row as select * from credentials where credential_id = $1', [id]);
      await save(fixture, account, 'P');
      await verify(fixture, account);
      await fixture.tamper(
        `update credential_secrets t set saved_version = o.saved_version, api_key = o.api_key, api_secret = o.api_secret from old_secret o where t.credential_id = o.credential_id`,
      );
      if (put === 'version') {
        await fixture.tamper(
          'update credentials t set saved_version = o.saved_version from old_row o where t.credential_id = o.credential_id',
        );
      }
      if (put === 'row') {
        await fixture.tamper(
          `update credentials t set state = o.state, status = o.status, stream_version = o.stream_version, saved_version = o.saved_version from old_row o where t.credential_id = o.credential_id`,
        );
      }
      expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.integrity_failed' });
      expect(await damaged(account.userId)).toHaveLength(1);
      await fixture.tamper('drop table old_secret, old_row');
    }
  });
});

describe('a database that was restored', () => {
  it('goes by the events: a key that was deleted since is gone again before anything is signed', async () => {
    const account = await readyAccount('V');
    const id = await credentialIdOf(account.userId);
    await fixture.tamper('create table old_secret as select * from credential_secrets where credential_id = $1', [id]);
    await fixture.tamper('create table old_row as select * from credentials where credential_id = $1', [id]);
    await fixture.vault.deleteCredential({ ...account, context: contextOf(account.userId) });
    fixture.clock.advance(121_000);
    await fixture.vault.destroyDueSecrets();
    await fixture.tamper('delete from credentials where credential_id = $1', [id]);
    await fixture.tamper('insert into credentials select * from old_row');
    await fixture.tamper('insert into credential_secrets select * from old_secret');
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.credential_deleted' });
    expect(await fixture.tamper('select 1 from credential_secrets where credential_id = $1', [id])).toEqual([]);
    await fixture.tamper('drop table old_secret, old_row');
  });

  it('writes the rows of imported events in the order of their ids, as signing locks them, so that neither waits for the other', async () => {
    const ids = await Promise.all([1, 2, 3, 4].map(async () => credentialIdOf((await readyAccount('O')).userId)));
    const envelopes = ids
      .toSorted()
      .toReversed()
      .map((id) => ({ type: 'CredentialSaved', streamid: `credential-${id}` }) as Envelope);
    const written: unknown[] = [];
    await withTransaction(fixture.pool, (tx) => {
      const query = (asked: { readonly name?: string; readonly values?: readonly unknown[] }, ...more: readonly unknown[]) => {
        if (asked.name === 'vault-write-credential') written.push(asked.values?.[0]);
        return (tx.query as (...values: readonly unknown[]) => unknown)(asked, ...more);
      };
      return fixture.vault.onImported({ query } as unknown as typeof tx, envelopes);
    });
    expect(written).toEqual(ids.toSorted());
  });

  it('signs no attempt again that the imported events say was signed', async () => {
    const account = await readyAccount('W');
    const item = openItem(fixture, account);
    const requestId = randomUUID();
    await sign(fixture, [item], requestId);
    await fixture.tamper('delete from signed_attempts where trade_id = $1', [item.trade!.tradeId]);
    const [event] = await fixture.tamper('select type, v, data, stream_id from events where stream_id = $1', [
      `signatures-${requestId}`,
    ]);
    const envelope = {
      type: event?.['type'],
      eventversion: event?.['v'],
      data: event?.['data'],
      streamid: event?.['stream_id'],
    } as Envelope;
    await withTransaction(fixture.pool, (tx) => fixture.vault.onImported(tx, [envelope]));
    const other = openItem(fixture, account, { signalId: item.trade!.signalId, amount: '7' });
    expect(await signOne(fixture, other)).toMatchObject({ code: 'vault.attempt_already_signed' });
  });
});
