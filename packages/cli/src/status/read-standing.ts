import { consumerTable, type RpcSubject } from '@latchkey/contracts';
import { asOperator } from '../operator/operator-client.js';
import type { Answered, Standing } from './attention.js';

const consuming = [...new Set(consumerTable.map(({ service }) => service))];

const orAway = async <T>(asked: Promise<T>): Promise<Answered<T>> => asked.catch(() => 'away' as const);

/** Asks each service for what it knows; one that is away is named and does not keep the others from being heard. */
export const readStanding = (): Promise<Standing> =>
  asOperator(async ({ rpc }) => {
    const [work, ...letters] = await Promise.all([
      orAway(rpc.call('qry.trade-executor.work', {})),
      ...consuming.map(async (service) => {
        const subject = `qry.${service}.dead-letters` as RpcSubject & `qry.${string}.dead-letters`;
        const answer = await orAway(rpc.call(subject, {}));
        return [service, answer === 'away' ? answer : answer.consumers] as const;
      }),
    ]);
    return { work, deadLetters: Object.fromEntries(letters) };
  });
