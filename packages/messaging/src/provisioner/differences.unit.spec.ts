import { consumerTable, publishingServices } from '@latchkey/contracts';
import { describe, expect, it } from 'vitest';
import { consumerConfig } from './consumer-config.js';
import { describeDifferences, differences } from './differences.js';
import { streamConfig } from './stream-config.js';

describe('a setting', () => {
  const expected = { storage: 'file', subjects: ['evt.a.>'], allow_atomic: true, allow_direct: false };

  it('differs when it is another, when a list is, or when it is missing', () => {
    const found = { storage: 'memory', subjects: ['evt.a.>', 'evt.b.>'], allow_direct: false };
    expect(differences(expected, found)).toEqual([
      { setting: 'storage', expected: 'file', found: 'memory' },
      { setting: 'subjects', expected: ['evt.a.>'], found: ['evt.a.>', 'evt.b.>'] },
      { setting: 'allow_atomic', expected: true, found: undefined },
    ]);
    expect(describeDifferences('EVENTS_A', differences(expected, found))).toBe(
      'EVENTS_A: storage is "memory", must be "file"; subjects is ["evt.a.>","evt.b.>"], must be ["evt.a.>"]; allow_atomic is not set, must be true',
    );
  });

  it('does not differ when the server leaves out what is off, or adds what is new', () => {
    expect(differences(expected, { storage: 'file', subjects: ['evt.a.>'], allow_atomic: true, newer: 1 })).toEqual([]);
  });
});

describe('what is provisioned', () => {
  it('keeps events in files for 7 days or 8 GiB, takes atomic batches, and can be neither purged nor deleted from', () => {
    for (const service of publishingServices) {
      expect(streamConfig(service, { replicas: 3 })).toMatchObject({
        subjects: [`evt.${service}.>`],
        storage: 'file',
        discard: 'old',
        max_age: 604_800_000_000_000,
        max_bytes: 8_589_934_592,
        num_replicas: 3,
        allow_atomic: true,
        allow_direct: false,
        deny_delete: true,
        deny_purge: true,
      });
    }
  });

  it('never drops an event that was not answered', () => {
    for (const definition of consumerTable) {
      expect(consumerConfig(definition)).toMatchObject({
        durable_name: definition.durable,
        filter_subject: definition.filter,
        ack_policy: 'explicit',
        max_deliver: -1,
      });
    }
  });
});
