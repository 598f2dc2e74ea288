import { acceptSession, createTrustedKeys, offerSession } from '@latchkey/sealing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attackedVaults, believedOf, frames, mutantsOf, opening, type AttackedVaults } from '../../testing/attacked-vaults.js';
import { askIn, batchBytes, readAnswer } from '../../testing/spec-session.js';
import { apiKeyOf, openItem, readItem } from '../../testing/vault-fixture.js';

let vaults: AttackedVaults;
beforeAll(async () => {
  vaults = await attackedVaults();
});
afterAll(() => vaults.close());

const instances = (): readonly string[] => [vaults.first.instance, vaults.second.instance];

/** Nothing that `attack` sends is answered with a signature, and nothing is recorded because of it. */
const signsNothing = async (tried: number, attack: () => Promise<readonly number[]>): Promise<void> => {
  const before = await vaults.decisions();
  const usable = (await attack()).reduce((sum, taken) => sum + taken, 0);
  expect({ tried, usable, recorded: (await vaults.decisions()) - before }).toEqual({ tried, usable: 0, recorded: 0 });
};
const toBoth = (sent: readonly string[]): Promise<readonly number[]> =>
  Promise.all(instances().map((instance) => vaults.send(instance, sent)));

describe('a tapped session', () => {
  it('gives nothing away', async () => {
    const { fixture, account, rpc, heard, attacker } = vaults;
    heard.length = 0;
    const asking = await vaults.session();
    const asked = Array.from({ length: 10 }, () => [openItem(fixture, account), readItem(fixture, account)]);
    const answers = (await Promise.all(asked.map((batch) => askIn(rpc, asking, batch)))).flatMap((answer) => answer ?? []);
    const signatures = answers.map((answer) => (answer.ok ? answer.signature : ''));
    expect(signatures.filter((signature) => /^[0-9a-f]{64}$/.test(signature))).toHaveLength(20);
    await attacker.flush();
    const texts = heard.map(({ text }) => text);
    const decoded = texts
      .flatMap((text) => text.split(/["{}:,.]/))
      .map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    const everything = [...texts, ...decoded].join('\n');
    expect(everything.includes('latchkey-session-acceptance')).toBe(true); // a header that was decoded
    for (const word of [...signatures, apiKeyOf('V'), ...asked.flatMap((batch) => batch.map(({ payload }) => payload))])
      expect(everything.includes(word)).toBe(false);
  });

  it('yields nothing when all of it is sent again: 40 frames, forwards and backwards, to both', async () => {
    const { rpc, heard, attacker } = vaults;
    heard.length = 0;
    const asking = await vaults.session();
    for (let i = 0; i < 10; i += 1) await askIn(rpc, asking, vaults.items());
    await attacker.flush();
    const requests = heard.filter(({ subject }) => subject.startsWith(`${frames}.`)).map(({ text }) => text);
    expect(requests).toHaveLength(10);
    await signsNothing(40, () =>
      Promise.all(
        instances().map((instance) => vaults.attempt(`${frames}.${instance}`, [...requests, ...requests.toReversed()])),
      ),
    );
    // The opening is known where it was taken. The other process takes it once: a session for which nobody but the executor has the half.
    const [offer = ''] = heard.filter(({ subject }) => subject === opening).map(({ text }) => text);
    expect(
      await vaults.attempt(
        opening,
        Array.from({ length: 20 }, () => offer),
      ),
    ).toBeLessThanOrEqual(1);
    expect(await askIn(rpc, asking, vaults.items())).toMatchObject([{ ok: true }]);
  });

  it('takes no frame with a bit changed, at either process, and goes on after all of them', async () => {
    const { rpc } = vaults;
    const asking = await vaults.session();
    const honest = asking.ask(batchBytes(vaults.items()));
    const mutants = mutantsOf(honest.frame);
    expect(mutants.length).toBeGreaterThan(3_000);
    await signsNothing(2 * mutants.length, () => toBoth(mutants));
    const answer = await rpc.call(frames, { frame: honest.frame }, { instance: asking.instance });
    const reply = 'frame' in answer ? answer.frame : '';
    const changed = mutantsOf(reply);
    expect(changed.length).toBeGreaterThan(2_000);
    expect(believedOf(changed, honest.open)).toBe(0);
    expect(readAnswer(honest.open(reply)).items).toMatchObject([{ ok: true }]);
  });
});

describe('frames', () => {
  it('in their order are all taken, however many are on their way at once', async () => {
    const asking = await vaults.session();
    const answers = await Promise.all(Array.from({ length: 64 }, () => askIn(vaults.rpc, asking, vaults.items())));
    expect(answers.map((answer) => answer?.[0]?.ok)).toEqual(Array.from({ length: 64 }, () => true));
  });

  it('out of order are refused: 39 that come after a later one', async () => {
    const asking = await vaults.session();
    const held = Array.from({ length: 40 }, () => vaults.frameOf(asking));
    const last = held.pop() ?? '';
    expect(await vaults.send(asking.instance, [last])).toBe(1);
    await signsNothing(39, async () => [await vaults.send(asking.instance, held)]);
  });

  it('for one process are nothing to the other, nor to the one that comes after it: 100', async () => {
    const asking = await vaults.session();
    const other = instances().find((instance) => instance !== asking.instance) ?? '';
    const fresh = Array.from({ length: 50 }, () => vaults.frameOf(asking));
    const restarted = await vaults.serve('vault-3');
    await signsNothing(100, async () => [await vaults.send(other, fresh), await vaults.send(restarted.instance, fresh)]);
    expect(restarted.refusals).toEqual(new Map([['unknown_session', 50]]));
    await restarted.close();
  });

  it('that come back to where they were made, or go the wrong way, are refused: 20 answers, 40 for answers', async () => {
    const asking = await vaults.session();
    const asked = Array.from({ length: 20 }, () => asking.ask(batchBytes(vaults.items())));
    const replies: string[] = [];
    for (const { frame } of asked) {
      const answer = await vaults.rpc.call(frames, { frame }, { instance: asking.instance });
      if ('frame' in answer) replies.push(answer.frame);
    }
    expect(replies).toHaveLength(20);
    await signsNothing(20, async () => [await vaults.send(asking.instance, replies)]);
    const believed = asked.map(({ frame, open }, i) => believedOf([frame, replies[(i + 1) % 20] ?? ''], open));
    expect(believed).toEqual(asked.map(() => 0));
  });

  it('made without its keys are refused: in clear, in a session of their own, under the name of somebody’s: 224', async () => {
    const { keys, fixture } = vaults;
    const asking = await vaults.session();
    // All that a broker can do: a handshake with itself, under names that are not its own.
    const trusted = createTrustedKeys({
      'trade-executor': [keys.unknown.publicJwk],
      'key-vault': [keys.unknownVault.publicJwk],
    });
    const { clock } = fixture;
    const { offer, complete } = await offerSession({ key: keys.unknown, trusted, responder: 'key-vault', clock });
    const { instance } = vaults.first;
    const itself = { key: keys.unknownVault, trusted, issuers: ['trade-executor'], instance, clock };
    const own = await complete((await acceptSession({ offer, ...itself })).acceptance);
    const made = Array.from({ length: 50 }, () => vaults.frameOf(own));
    const renamed = made.map((frame) =>
      frame.replace(/^[^.]+/, (head) =>
        Buffer.from(Buffer.from(head, 'base64url').toString().replace(own.sid, asking.sid)).toString('base64url'),
      ),
    );
    const clear = [batchBytes(vaults.items()).toString(), '', 'a.b.c.d.e', '....', '..'];
    const bodies = ['', '{', '[]', 'null', '{"frame":1}', '{"frame":"x","more":1}', batchBytes(vaults.items()).toString()];
    const sent = [...made, ...renamed, ...clear];
    await signsNothing(2 * (sent.length + bodies.length), async () => [
      ...(await toBoth(sent)),
      ...(await Promise.all(instances().map((name) => vaults.attempt(`${frames}.${name}`, bodies)))),
    ]);
    expect(2 * (sent.length + bodies.length)).toBe(224);
    expect(await askIn(vaults.rpc, asking, vaults.items())).toMatchObject([{ ok: true }]);
  });

  it('of a session that is over are refused: 30', async () => {
    const asking = await vaults.session();
    const held = Array.from({ length: 30 }, () => vaults.frameOf(asking));
    vaults.fixture.clock.advance(3_600_000);
    await signsNothing(30, async () => [await vaults.send(asking.instance, held)]);
  });
});
