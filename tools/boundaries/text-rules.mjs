// Rules that imports cannot show: words that may stand in some places only. Each has a planted violation in planted.mjs.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sourceFiles } from './source-files.mjs';
import { withoutComments, withoutSqlComments } from './without-comments.mjs';

const isSpec = (file) => /\.spec\.ts$|\/testing\/|^tests\//.test(file);
const ships = (file) => /^(packages|services)\/[^/]+\/src\//.test(file) && !isSpec(file);
const isDomain = (file) => /\/src\/domain\/|^packages\/(?:kernel|audit-record)\/src\//.test(file);
const kernelFile = (...names) => new Set(names.map((name) => `packages/kernel/src/${name}.ts`));

const clockOfTheKernel = kernelFile('clock');
const randomnessOfTheKernel = kernelFile('ids', 'traceparent');
const timersOfTheKernel = kernelFile('deadline', 'group-commit');

const isEventsTable = String.raw`(?:only\s+)?(?:"?\w+"?\s*\.\s*)?"?events"?(?![\w.])`;

/** @type {readonly {name: string, remedy: string, applies: (file: string) => boolean, pattern: RegExp, raw?: boolean}[]} */
export const textRules = [
  {
    name: 'encryption-key-in-key-vault-only',
    remedy: 'the key vault alone knows of ENCRYPTION_KEY',
    applies: (file) => ships(file) && file.startsWith('services/') && !file.startsWith('services/key-vault/'),
    pattern: /\bENCRYPTION_KEY\b/,
  },
  {
    name: 'encryption-key-never-read-back',
    remedy: "the launcher writes ENCRYPTION_KEY into the vault's environment; no package reads it",
    applies: (file) => ships(file) && file.startsWith('packages/'),
    pattern:
      /\benv\b\s*(?:\?\.|\.|\[\s*['"`])\s*ENCRYPTION_KEY\b(?!['"`\]\s]*(?:=[^=]|[!=]==\s*undefined))|\{[^{}]*\bENCRYPTION_KEY\b[^{}]*\}\s*=\s*(?:process\s*\.\s*)?env\b/,
  },
  {
    name: 'cipher-in-key-vault-only',
    remedy: 'ask the key vault: no other process encrypts or decrypts what is stored (frames of a session are stored nowhere)',
    applies: (file) => ships(file) && !file.startsWith('services/key-vault/') && file !== 'packages/sealing/src/session/frame.ts',
    pattern: /\bcreate(?:Cipher|Decipher)(?:iv)?\b|\bsubtle\s*\.\s*(?:en|de)crypt\b/,
  },
  {
    name: 'events-table-in-event-store-only',
    remedy: 'append through @latchkey/event-store: it alone keeps versions, positions and the publication order true',
    applies: (file) =>
      !isSpec(file) &&
      !file.startsWith('bench/') &&
      !file.startsWith('packages/event-store/') &&
      /^(packages|services)\//.test(file),
    pattern: new RegExp(
      String.raw`\b(?:insert\s+into|merge\s+into|update|delete\s+from|truncate(?:\s+table)?|copy)\s+${isEventsTable}|\.\s*(?:insert|update|delete)\s*\(\s*(?:\w+\.)*events(?:Table)?\b`,
      'i',
    ),
  },
  {
    name: 'domain-takes-time-as-input',
    remedy: 'time comes in with the command: pass it, or take a Clock where the parts are joined',
    applies: (file) => ships(file) && isDomain(file) && !clockOfTheKernel.has(file),
    pattern:
      /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bperformance\s*\.\s*now\b|\bprocess\s*\.\s*hrtime\b|\bsystemClock\b(?!.*\bfrom\b)/,
  },
  {
    name: 'domain-takes-randomness-as-input',
    remedy: 'ids and random values come in with the command: make them at the edge',
    applies: (file) => ships(file) && isDomain(file) && !randomnessOfTheKernel.has(file),
    pattern: /\bMath\s*\.\s*random\b|\brandom(?:Bytes|UUID|UUIDv7|Int|FillSync|Fill)\b|\bgetRandomValues\b/,
  },
  {
    name: 'domain-does-no-io',
    remedy: 'domain code computes; let a use case in app/ do this',
    applies: (file) => ships(file) && isDomain(file) && !timersOfTheKernel.has(file),
    pattern: /\b(?:setTimeout|setInterval|setImmediate|fetch)\s*\(|\bprocess\s*\.\s*(?:env|exit|on|argv|cwd)\b|\bconsole\s*\./,
  },
  {
    name: 'errors-carry-a-code',
    remedy: 'throw an AppError of your own with a stable code and a message that says what to do',
    applies: ships,
    pattern: /\bnew\s+(?:Type|Range)?Error\s*\(|\bthrow\s+(?:['"`]|(?:Type|Range)?Error\s*\()/,
  },
  {
    name: 'no-enum',
    remedy: 'use a union of literals, with an `as const` list where the values are needed',
    applies: (file) => /\.tsx?$/.test(file),
    pattern: /^[ \t]*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w+\s*\{/m,
  },
  {
    name: 'specs-wait-for-conditions',
    remedy: 'poll a condition with a deadline: `eventually` of the testkit, or `vi.waitFor`',
    applies: (file) => file.endsWith('.spec.ts'),
    pattern:
      /new\s+Promise\b[^;]{0,60}=>\s*\{?\s*(?:void\s+)?setTimeout\s*\(|\bawait\s+(?:sleep|setTimeout|delay)\s*\(\s*[\d_]+\s*\)/,
  },
  {
    name: 'nothing-unfinished',
    remedy: 'finish it, or leave it out and say so in the issue',
    applies: (file) => /^(packages|services|tests|bench)\//.test(file),
    pattern: /\b(?:TODO|FIXME)\b|\b(?:it|test|describe)\s*\.\s*(?:skip|only|todo)\s*\(|\bexpect\(\s*true\s*\)/,
    raw: true,
  },
];

const vagueNames = /^(?:utils?|helpers?|common|misc)\.[a-z.]+$/;

const lineOf = (text, index) => text.slice(0, index).split('\n').length;

const violationsIn = (file, text) => {
  const code = file.endsWith('.sql') ? withoutSqlComments(text) : withoutComments(text);
  return textRules
    .filter((rule) => rule.applies(file))
    .flatMap((rule) => {
      const searched = rule.raw ? text : code;
      const everywhere = new RegExp(rule.pattern, `${rule.pattern.flags}g`);
      return [...searched.matchAll(everywhere)].map((match) => ({
        rule: rule.name,
        file,
        detail: `line ${lineOf(searched, match.index)}: \`${match[0].trim().replaceAll(/\s+/g, ' ')}\`. ${rule.remedy}`,
      }));
    });
};

/** What stands where it must not in the tree at `root`: `{rule, file, detail}` for each. */
export const textViolations = (root) => {
  const files = sourceFiles(root).filter((file) => !file.startsWith('tools/'));
  if (files.length === 0) return [{ rule: 'every-file-was-read', file: '.', detail: 'there is no source file to check' }];
  return files.flatMap((file) => [
    ...violationsIn(file, readFileSync(join(root, file), 'utf8')),
    ...(vagueNames.test(basename(file))
      ? [{ rule: 'names-say-what-is-inside', file, detail: 'name the file after what it exports' }]
      : []),
  ]);
};
