import { consumerTable } from '@latchkey/contracts';
import { listDeadLetters, requestDeadLetterReplay, type DeadLetter } from '@latchkey/event-store';
import { readStackFile, stackHome } from '@latchkey/local-stack';
import { Pool } from 'pg';

const consumingServices = [...new Set(consumerTable.map(({ service }) => service))];

const inDatabases = async <T>(use: (pool: Pool) => Promise<readonly T[]>): Promise<readonly T[]> => {
  const { postgres } = readStackFile(stackHome().stackFile);
  const found: T[] = [];
  for (const service of consumingServices) {
    const pool = new Pool({ connectionString: postgres.databases[service], max: 1 });
    try {
      found.push(...(await use(pool)));
    } finally {
      await pool.end();
    }
  }
  return found;
};

/** What the consumers of all services could not handle. */
export const deadLetters = ({ replayed }: { readonly replayed: boolean }): Promise<readonly DeadLetter[]> =>
  inDatabases((pool) => listDeadLetters(pool, { replayed }));

/** Hands one open dead letter, or all, back to its consumer. @returns those that were handed back */
export const replayDeadLetters = (id: string | undefined): Promise<readonly DeadLetter[]> =>
  inDatabases(async (pool) => {
    const letters = (await listDeadLetters(pool)).filter((letter) => id === undefined || letter.id === id);
    for (const letter of letters) await requestDeadLetterReplay(pool, letter.consumer, letter.id);
    return letters;
  });
