import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPlanted, missed, plantedBytes, plantedCanaries, plants, textPlants, type Plant } from './support/canary/control.js';
import { sendMalformed } from './support/canary/malformed.js';
import { postPlain } from './support/canary/plain-posts.js';
import { heapOf, memoryOf } from './support/canary/process-memory.js';
import { keepTrading, plantAnswer, plantMessage, plantSpan, startWatchedStack, type WatchedStack } from './support/canary/run.js';
import { createScanner, type Canary, type Hit } from './support/canary/scanner.js';
import {
  openAccount,
  postSealed,
  savePath,
  sealerFor,
  type Environment,
  type Posted,
  type Seal,
} from './support/canary/sealed-posts.js';
import { createSecrets } from './support/canary/secrets.js';
import { bytesOf, databasesOf, dumpOf, filesIn, flush, plantRows, startOf } from './support/canary/stores.js';
import { wrongPlaces, type Sender } from './support/canary/wrong-places.js';
import { follow, strategyOf, type User } from './support/people.js';
import { repositoryRoot, type Stack } from './support/stack.js';

const malformedRequests = 2_000;
/** Each posts nine secrets, or ten. */
const peoplePerWay = 12;
const roundsOfWrongPlaces = 3;

const services = ['gateway', 'key-vault', 'trade-executor', 'audit'] as const;
/** May hold no secret, ever; the gateway may hold one while it is posted in clear. */
const strangers = ['trade-executor', 'audit'] as const;
const onLinux = process.platform === 'linux';

const urlOf = (stack: Stack, service: string): string => {
  const url = new URL(stack.description().postgres.admin);
  url.pathname = `/${service.replaceAll('-', '_')}`;
  return url.href;
};

/** What a process that crashed, or was asked to, leaves where it was started. */
const reportsIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(?:core(?:\.\d+)?$|report\.|Heap\.|isolate)/.test(entry.name))
    .map(({ name }) => join(folder, name));

const sendEach = async (rounds: readonly (readonly string[])[], senders: readonly Sender[]) => {
  const sent: { place: string; status: number; undocumented?: string }[] = [];
  for (const [round, ofRound] of rounds.entries()) {
    for (const [i, [place, send]] of wrongPlaces.entries())
      sent.push({ place, ...(await send(senders[round % senders.length] as Sender, ofRound[i] as string)) });
  }
  return sent;
};

const secrets = createSecrets();
const accountOf = (i: number) => ({
  market: { exchange: i % 2 === 0 ? ('binance' as const) : ('bybit' as const), marketType: 'spot' as const },
  environment: i % 4 < 2 ? ('live' as const) : ('testnet' as const),
});

const unexpected = (posted: readonly Posted[]) =>
  posted
    .filter(({ statuses, answer }) => !statuses.includes(answer.status))
    .map(({ what, answer }) => `${what}: ${answer.status} ${answer.text}`);

/** What of the real ones was found, and what of the planted ones was not; both must be empty. */
const verdict = (hits: readonly Hit[], expected: readonly Plant[]) => ({
  found: [...new Set(hits.filter((hit) => !isPlanted(hit)).map(({ canary, encoding }) => `${canary}: ${encoding}`))],
  missed: missed(hits, expected),
});
const clean = { found: [], missed: [] };

const scannerOf = (...canaries: readonly Canary[]) => createScanner([...canaries, ...plantedCanaries]);
const scanAll = (pieces: Iterable<Buffer>, scanner: ReturnType<typeof scannerOf>, shifts?: number): Hit[] =>
  Array.from(pieces, (piece) => scanner.scan(piece, shifts)).flat();

describe('four hundred secrets, posted sealed, in clear and in wrong places, while others trade', () => {
  let watched: WatchedStack;
  beforeAll(async () => {
    watched = await startWatchedStack();
  });
  afterAll(() => watched?.dispose());

  /** One person at each exchange trades as long as `work` takes. @param seal how their secrets go in; without it, in clear */
  const whileOthersTrade = async <Result>(phase: string, work: () => Promise<Result>, seal?: Seal): Promise<Result> => {
    const { stack, person } = watched;
    const traders = await Promise.all(
      (['binance', 'bybit'] as const).map(async (exchange) => {
        const user = await person(`trading-${phase}-${exchange}`, { exchange, marketType: 'spot' });
        const pair = secrets.pair(`trading, ${phase}`, exchange);
        await openAccount(stack, pair, 'live');
        const { apiKey, apiSecret } = pair;
        const body = seal ? { apiKey, sealedSecret: await seal(user, pair, 'live') } : { apiKey, apiSecret };
        expect(await user.api('POST', savePath(pair), body)).toMatchObject({ status: 200 });
        expect(await user.api('POST', `${savePath(pair)}/verify`)).toMatchObject({ status: 200 });
        const strategy = await strategyOf(user);
        await follow(user, strategy);
        return keepTrading(stack, user, strategy);
      }),
    );
    try {
      return await work();
    } finally {
      for (const one of traders) expect(await one.stop()).toBeGreaterThan(0);
    }
  };

  const posting = (way: string, post: (user: User, environment: Environment) => Promise<readonly Posted[]>) =>
    Promise.all(
      Array.from({ length: peoplePerWay }, async (_, i) => {
        const { market, environment } = accountOf(i);
        return post(await watched.person(`${way}-${i}`, market), environment);
      }),
    );

  it('are taken and refused as they should be, when clients seal them', async () => {
    const { stack } = watched;
    const seal = await sealerFor(stack);
    const posted = await whileOthersTrade(
      'sealed',
      () => posting('sealing', (user, environment) => postSealed({ stack, secrets, seal }, user, environment)),
      seal,
    );
    expect(unexpected(posted.flat())).toEqual([]);
    expect(secrets.secrets().length).toBeGreaterThanOrEqual(9 * peoplePerWay);
  });

  /** Both: the memory holds what no object points at any more, the heap what lies in it in no readable form. */
  const memoryVerdict = async (service: string, scanner: ReturnType<typeof scannerOf>) => {
    const pid = watched.stack.pidOf(service);
    const memory = onLinux ? verdict(scanAll(memoryOf(pid), scanner, 1), plants) : clean;
    const heap = verdict(scanner.scan(await heapOf(pid, watched.snapshots)), textPlants);
    return { memory, heap };
  };

  it('are in no memory and no heap of the gateway, as long as they come sealed', async () => {
    expect(await memoryVerdict('gateway', scannerOf(...secrets.secrets()))).toEqual({ memory: clean, heap: clean });
  });

  it('are taken and refused as they should be, in clear and in wrong places, among 2,000 requests that are malformed', async () => {
    const { stack, person, answers } = watched;
    const url = stack.description().gateway.url;
    const misplaced = Array.from({ length: roundsOfWrongPlaces }, (_, round) =>
      wrongPlaces.map(([place]) => secrets.secret(`in a wrong place: ${place}`, round % 2 === 0 ? 64 : 36)),
    );
    const senders: Sender[] = [];
    for (const exchange of ['binance', 'bybit'] as const) {
      const user = await person(`mistaken-${exchange}`, { exchange, marketType: 'spot' });
      senders.push({ url, user, strategy: await strategyOf(user) });
    }
    const [posted, sent, malformed] = await whileOthersTrade('clear', () =>
      Promise.all([
        posting('clear', (user, environment) => postPlain({ stack, secrets }, user, environment)),
        sendEach(misplaced, senders),
        sendMalformed({
          count: malformedRequests,
          senders,
          secrets: misplaced.flat(),
          heard: (answer) => answers.push(answer),
        }),
      ]),
    );
    expect(unexpected(posted.flat())).toEqual([]);
    expect(sent.filter(({ status, undocumented }) => status >= 500 || undocumented !== undefined)).toEqual([]);
    expect(malformed.filter(({ status }) => status >= 500)).toEqual([]);
    expect(malformed).toHaveLength(malformedRequests);
    expect(secrets.secrets().length).toBeGreaterThanOrEqual(400);
  });

  describe('and afterwards, with what was planted found in every encoding', () => {
    let scanner: ReturnType<typeof scannerOf>;
    /** Also for API keys, of which others than the vault keep a mask. */
    let strict: ReturnType<typeof scannerOf>;
    beforeAll(async () => {
      const { stack, receiver } = watched;
      const failed = () => receiver.spans().filter(({ attributes }) => Number(attributes['http.response.status_code']) >= 400);
      await eventually(() => failed().length > malformedRequests / 4, { timeoutMs: 30_000 });
      const master = { name: 'the master key', text: readFileSync(join(stack.home, 'keys/encryption-key'), 'utf8') };
      scanner = scannerOf(...secrets.secrets(), master);
      strict = scannerOf(...secrets.secrets(), ...secrets.keys(), master);
      await plantMessage(stack);
      await plantAnswer();
      await plantSpan(receiver);
      for (const service of services) await plantRows(urlOf(stack, service), plants);
      await flush(stack.description().postgres.admin);
      for (const file of [join(stack.home, 'planted'), join(stack.home, 'keys/planted')]) writeFileSync(file, plantedBytes);
      for (const file of filesIn(join(stack.home, 'logs'))) appendFileSync(file, plantedBytes);
      await watched.flush();
    });

    it.each(services)('stand in no row of any database of %s', async (service) => {
      const dump = await dumpOf(urlOf(watched.stack, service));
      expect(dump.length).toBeGreaterThan(10_000);
      expect(verdict(strict.scan(dump), plants)).toEqual(clean);
    });

    it('stand in no row of any other database', async () => {
      const urls = await databasesOf(watched.stack.description().postgres.admin);
      expect(urls.length).toBeGreaterThan(services.length);
      for (const url of urls) expect(verdict(strict.scan(await dumpOf(url)), []).found).toEqual([]);
    });

    it.each(['postgres', 'nats', 'logs', 'keys', '.'])('stand in no file of %s below the home', (folder) => {
      const { home } = watched.stack;
      const files = filesIn(join(home, folder)).filter((file) => folder !== '.' || !relative(home, file).includes('/'));
      const hits = files.flatMap((file) =>
        scanAll(bytesOf(file), strict).filter(
          ({ canary }) => canary !== 'the master key' || !file.endsWith('keys/encryption-key'),
        ),
      );
      expect(verdict(hits, plants)).toEqual(clean);
    });

    it('stand in no dump and no report, and the launcher did not say them', () => {
      const left = ['/', repositoryRoot].flatMap((folder) => reportsIn(folder));
      expect(
        verdict(
          left.flatMap((file) => scanAll(bytesOf(file), strict)),
          [],
        ),
      ).toEqual(clean);
      const said = Buffer.from(watched.stack.said());
      expect(verdict(strict.scan(Buffer.concat([said, plantedBytes])), plants)).toEqual(clean);
    });

    it('were in no message on the broker', () => {
      expect(watched.messages.length).toBeGreaterThan(1_000);
      expect(verdict(scanner.scan(Buffer.concat(watched.messages)), plants)).toEqual(clean);
    });

    it('came back in no answer', () => {
      expect(watched.answers.length).toBeGreaterThan(malformedRequests + secrets.secrets().length);
      expect(verdict(strict.scan(Buffer.concat(watched.answers)), plants)).toEqual(clean);
    });

    it('were in no span and no figure', () => {
      const bytes = watched.receiver.bytes();
      expect(bytes.length).toBeGreaterThan(1_000_000);
      expect(verdict(strict.scan(bytes), plants)).toEqual(clean);
    });

    if (onLinux)
      it('are in no environment and no command line', () => {
        for (const service of Object.keys(watched.stack.description().services)) {
          const isInstrumented = service === 'gateway' || strangers.some((name) => name === service);
          const hits = strict.scan(startOf(watched.stack.pidOf(service)));
          expect({ service, ...verdict(hits, isInstrumented ? textPlants : []) }).toEqual({ service, ...clean });
        }
      });

    it.each(strangers)('are in no memory and no heap of the %s', async (service) => {
      expect(await memoryVerdict(service, scanner)).toEqual({ memory: clean, heap: clean });
    });
  });
});
