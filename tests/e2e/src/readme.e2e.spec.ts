import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot, startStack, type Stack } from './support/stack.js';

/** The commands of the README's tour, letter by letter, but for where this spec's stack is. */
const tourOf = (readme: string, home: string): string => {
  const tour = readme.slice(readme.indexOf('<!-- tour -->'), readme.indexOf('<!-- /tour -->'));
  const blocks = [...tour.matchAll(/```bash\n(.*?)```/gs)].map(([, commands]) => commands);
  return ['set -euo pipefail', ...blocks].join('\n').replace('./.latchkey/stack.json', join(home, 'stack.json'));
};

describe('the tour of the README', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack?.dispose());

  it('does what it says', async () => {
    const script = tourOf(readFileSync(join(repositoryRoot, 'README.md'), 'utf8'), stack.home);
    const { stdout } = await promisify(execFile)('bash', ['-c', script], {
      cwd: repositoryRoot,
      env: { ...process.env, LATCHKEY_HOME: stack.home },
    });
    expect(stdout).toContain('"message":"API key saved successfully"');
    expect(stdout).toContain('"permissions":{"can_read":true,"can_trade":true,"can_withdraw":false}');
    expect(stdout).toContain('"status":"duplicate"');
    expect(stdout.match(/"clientOrderId":"[0-9a-f]{32}-e0","orderId":"\d+","receivedAt"/g)).toHaveLength(1);
    for (const type of ['TradeRequested', 'OrderSubmitted', 'OrderFilled', 'OrderClosed'])
      expect(stdout).toContain(`"type":"${type}"`);
    expect(stdout).toContain('the record is unaltered and complete');
    expect(stdout).toMatch(/trade [0-9a-f-]{36}: filled, 0\.001 BTCUSDT at 60000/);
  });
});
