import { describe, expect, it } from 'vitest';
import { compare, type Checkpoint, type OwnLog, type StreamView } from './comparison.js';

const stream = (changes: Partial<StreamView> = {}): StreamView => ({
  created: 'today',
  lastSeq: 10,
  deleted: 0,
  last: { epoch: 1, logseq: 10, id: 'ten' },
  ...changes,
});
const own = (changes: Partial<OwnLog> = {}): OwnLog => ({ epoch: 1, idAtStreamHead: 'ten', ...changes });
const checkpoint: Checkpoint = { created: 'today', lastSeq: 10, deleted: 0, logseq: 10 };

describe('a stream held against its database', () => {
  it('is followed from the newest event that it holds, whatever the checkpoint says', () => {
    const follows = { kind: 'follows', logseq: 10 };
    expect(compare(stream(), own(), checkpoint)).toEqual(follows);
    expect(compare(stream(), own(), undefined)).toEqual(follows); // the first start
    expect(compare(stream(), own(), { ...checkpoint, lastSeq: 8, logseq: 8 })).toEqual(follows); // crashed before the checkpoint
    expect(compare(stream(), own(), { ...checkpoint, lastSeq: 12, logseq: 12 })).toEqual(follows); // an older copy
    expect(compare(stream({ created: 'now' }), own(), checkpoint)).toEqual(follows); // made again, filled in part
    expect(compare(stream(), own({ epoch: 2 }), checkpoint)).toEqual(follows); // nothing published in this epoch yet
  });
  it('is empty', () => expect(compare({ created: 'now', lastSeq: 0, deleted: 0 }, own(), checkpoint)).toEqual({ kind: 'empty' }));
  it('has a hole that was not there before', () => {
    expect(compare(stream({ deleted: 1 }), own(), checkpoint)).toEqual({ kind: 'holed' });
    expect(compare(stream({ deleted: 1 }), own(), { ...checkpoint, deleted: 1 })).toEqual({ kind: 'follows', logseq: 10 });
    expect(compare(stream({ deleted: 1, created: 'now' }), own(), { ...checkpoint, deleted: 1 })).toEqual({ kind: 'holed' });
  });
  it.each([
    ['a later number', own({ idAtStreamHead: undefined }), { epoch: 1, logseq: 10, id: 'ten' }],
    ['another event under the same number', own({ idAtStreamHead: 'another' }), { epoch: 1, logseq: 10, id: 'ten' }],
    ['a later epoch', own({ epoch: 1 }), { epoch: 2, logseq: 10, id: 'ten' }],
  ])('is ahead when it holds %s', (_what, log, last) => {
    expect(compare(stream({ last }), log, checkpoint)).toEqual({ kind: 'ahead' });
  });
});
