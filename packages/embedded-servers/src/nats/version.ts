import { run } from '../run.js';

/** What `infra/nats` and the relay's atomic batches need. */
export const minimumNatsVersion = '2.14.0';

const parts = (version: string) => version.split(/[.-]/).slice(0, 3).map(Number);

/** Below zero when `left` is the older version. Pre-release tags do not count. */
export const compareVersions = (left: string, right: string): number => {
  const [a, b] = [parts(left), parts(right)];
  for (const index of [0, 1, 2]) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** The version that a nats-server says it is, or undefined when the file is not one that runs here. */
export const versionOf = async (path: string): Promise<string | undefined> => {
  const { code, stdout } = await run(path, ['--version'], { timeoutMs: 10_000 });
  return code === 0 ? /nats-server: v(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] : undefined;
};
