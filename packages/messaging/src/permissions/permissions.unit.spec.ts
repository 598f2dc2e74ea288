import { natsIdentities } from '@latchkey/contracts';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { grants } from './grants.js';
import { permissionsOf } from './identity-permissions.js';
import { permissionsConf } from './render.js';

describe('infra/nats/permissions.conf', () => {
  it('is what contracts say; run node packages/messaging/dist/permissions/generate.js', () => {
    const file = readFileSync(new URL('../../../../infra/nats/permissions.conf', import.meta.url), 'utf8');
    expect(file).toBe(permissionsConf());
  });

  it('gives nobody a right to answer whatever it was sent, or a shared inbox', () => {
    expect(permissionsConf()).not.toContain('allow_responses');
    expect(permissionsConf()).not.toMatch(/"_INBOX\.|"_INBOX\*/);
  });
});

describe.each(natsIdentities)('%s', (identity) => {
  const { publish, subscribe } = permissionsOf(identity);

  it('may delete and purge nothing, and publish to no inbox', () => {
    expect(publish.filter((subject) => /\.(DELETE|PURGE|SNAPSHOT|RESTORE|STEPDOWN)/.test(subject))).toEqual([]);
    expect(publish.filter((subject) => subject.startsWith('_INBOX'))).toEqual([]);
  });

  it('has an allow list for each direction: an absent one would allow everything', () => {
    expect(publish.length).toBeGreaterThan(0);
    expect(subscribe.length).toBeGreaterThan(0);
  });

  it('uses wildcards only at the end, and only where the table does', () => {
    const own = ['_R_.>', `_INBOX_${identity}.>`, `evt.${identity}.>`, ...(identity === 'observer' ? ['>'] : [])];
    const wild = [...publish, ...subscribe].filter((subject) => /[*>]/.test(subject) && !own.includes(subject));
    for (const subject of wild)
      expect(subject).toMatch(
        /^cmd\.key-vault\.session\.\*$|^\$JS\.(ACK\.EVENTS_[A-Z_]+\.[a-z-]+\.>|API\.CONSUMER\.CREATE\.EVENTS_[A-Z_]+\.[a-z-]+\.evt\.[a-z.-]+\.>)$/,
      );
  });
});

describe('what crosses accounts', () => {
  it('is offered by its owner once, to somebody, and never to itself', () => {
    const keys = grants.map(({ kind, owner, subject }) => `${kind} ${owner} ${subject}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { owner, to } of grants) {
      expect(to.length).toBeGreaterThan(0);
      expect(to.map((name) => name.toUpperCase().replaceAll('-', '_'))).not.toContain(owner);
    }
  });
});
