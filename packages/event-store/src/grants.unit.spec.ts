import { describe, expect, it } from 'vitest';
import { eventStoreGrants } from './grants.js';

describe('grants', () => {
  it('name the role, and only what its service does', () => {
    const audit = eventStoreGrants('audit', ['consumer']);
    expect(audit).toContain('ON consumer_positions, consumer_subjects, dead_letters TO audit;');
    expect(audit).not.toContain('ON events');
    expect(eventStoreGrants('key_vault', ['publisher'])).toContain('UPDATE (logseq, prev, epoch) ON events TO key_vault;');
    expect(eventStoreGrants('gateway')).not.toContain(':service;');
  });
  it('refuse anything that is no role', () => {
    expect(() => eventStoreGrants('gateway; drop table events')).toThrow('is no role of a service');
  });
});
