import { readStackFile, stackHome } from '@latchkey/local-stack';
import type { Command } from 'commander';
import { requestOk } from '../http.js';
import { createOutput, table } from '../output.js';
import { issueToken } from '../token.js';

type Listed = {
  readonly seq: number;
  readonly at: string;
  readonly service: string;
  readonly type: string;
  readonly actor: string;
};

const registerList = (audit: Command): void => {
  audit
    .command('list')
    .description('the newest entries of the record, as an auditor or one user sees it')
    .option('--user <id>', "that user's own trail; without it everybody's")
    .option('--limit <count>', 'how many', '20')
    .option('--json', 'answer as JSON')
    .action(async ({ user, limit, json = false }: { user?: string; limit: string; json?: boolean }) => {
      const stack = readStackFile(stackHome().stackFile);
      const token = await issueToken(stack, user ?? 'latchkey-cli', user === undefined ? 'auditor' : 'user', '5m');
      const { entries } = (await requestOk(`${stack.gateway.url}/api/audit?limit=${encodeURIComponent(limit)}`, {
        token,
      })) as unknown as { entries: readonly Listed[] };
      createOutput(json).answer(
        entries,
        table(
          ['seq', 'at', 'service', 'event', 'actor'],
          entries.map(({ seq, at, service, type, actor }) => [String(seq), at, service, type, actor]),
        ),
      );
    });
};

const registerVerify = (audit: Command): void => {
  audit
    .command('verify')
    .description(
      'read the whole record and check every entry, its hash and its place; exits 1 when it was altered or is not complete',
    )
    .option('--complete', "also hold every service's log against the record")
    .option('--json', 'answer as JSON')
    .action(async ({ complete = false, json = false }: { complete?: boolean; json?: boolean }) => {
      const { postgres } = readStackFile(stackHome().stackFile);
      const { verifyAll } = await import('../audit/verify-all.js');
      const { verification, compared, problems } = await verifyAll(postgres, complete);
      const ok = problems.length === 0;
      const text = [
        `${verification.entries} entries read, head ${verification.head.seq} ${verification.head.hash}`,
        ...compared.map(
          ({ service, events, underWay }) =>
            `${service}: ${events} events held against the record${underWay > 0 ? `, ${underWay} of them still on their way` : ''}`,
        ),
        ok ? `the record is unaltered${complete ? ' and complete' : ''}` : `NOT OK\n${problems.join('\n')}`,
      ].join('\n');
      createOutput(json).answer(
        {
          ok,
          entries: verification.entries,
          head: verification.head,
          tampering: verification.tampering ?? null,
          services: compared,
          problems,
        },
        text,
      );
      if (!ok) process.exitCode = 1;
    });
};

export const auditCommand = (program: Command): void => {
  const audit = program.command('audit').description('the record: read it, and check that nobody altered it');
  registerList(audit);
  registerVerify(audit);
};
