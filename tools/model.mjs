// Plays seeds of the model of the whole executor (services/trade-executor/docs/model.md): one again, or many.
//   node tools/run.mjs exec node tools/model.mjs --seed 4711 [--bug resend-on-timeout] [--without f1,t2] [--trace]
//   node tools/run.mjs exec node tools/model.mjs --seeds 10000 [--from 1]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    bug: { type: 'string' },
    without: { type: 'string' },
    trace: { type: 'boolean' },
  },
});
const settings = {
  LATCHKEY_MODEL_SEED: values.seed,
  LATCHKEY_MODEL_SEEDS: values.seeds,
  LATCHKEY_MODEL_FROM: values.from,
  LATCHKEY_MODEL_BUG: values.bug,
  LATCHKEY_MODEL_WITHOUT: values.without,
  LATCHKEY_MODEL_TRACE: values.trace ? '1' : undefined,
};
const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
const args = ['run', '--project', 'unit', 'services/trade-executor/src/model'];
process.exitCode = spawnSync('vitest', args, { stdio: 'inherit', env: { ...process.env, ...given } }).status ?? 1;
