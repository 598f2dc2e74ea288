import { TestkitError } from '../../errors.js';
import { describe, expect, it } from 'vitest';
import { connectEngine, leftBehind, ownerLabel } from './engine.js';

const madeBy = (owner: string) => ({ Id: owner, Labels: { [ownerLabel]: owner } });

describe('leftBehind', () => {
  it('is what this machine’s ended processes made, and nothing else', () => {
    const found = [madeBy('here/1'), madeBy('here/2'), madeBy('there/2'), { Id: 'of somebody else', Labels: {} }];
    expect(leftBehind(found, 'here', (pid) => pid === 1).map(({ Id }) => Id)).toEqual(['here/2']);
  });

  it('spares what this very process made', () => {
    expect(leftBehind([madeBy(`here/${process.pid}`)], 'here')).toEqual([]);
  });
});

describe('connectEngine', () => {
  it('says what to do when no engine answers', async () => {
    const nobody = () => Promise.reject(new TestkitError('testkit.server_unavailable', 'connect ENOENT /run/docker.sock'));
    await expect(connectEngine(nobody)).rejects.toMatchObject({
      code: 'testkit.engine_unreachable',
      message: expect.stringMatching(/ENOENT .*start Docker, set DOCKER_HOST .* or leave the variable out/) as string,
    });
  });
});
