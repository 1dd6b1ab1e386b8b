import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText } from '../../src/adapters/cut-text.ts';
import { randomMembers } from './random-members.ts';

const textOf = (value: unknown) => JSON.stringify(value);

/** Pieces of the second text that are not pieces of the first. */
function newPieces(before: string, after: string): number {
  const known = new Set(cutText(before));
  return cutText(after).filter((piece) => !known.has(piece)).length;
}

describe('a text in pieces', () => {
  it('is the text again when they are joined, whatever it says', () => {
    const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(',', '","', '{"a":1},', '\ud83d\ude00,'));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.integer({ min: 1, max: 400 }), (parts, times) => {
        const text = parts.join('').repeat(times).slice(0, 40_000);
        expect(cutText(text).join('')).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it('never has half a character in one, which could not be stored', () => {
    const text = textOf(Array.from({ length: 20_000 }, (_, index) => `${index}\u{1f600}`));
    expect(cutText(text).length).toBeGreaterThan(1);
    for (const piece of cutText(text)) expect(Buffer.from(piece).toString()).toBe(piece);
  });

  it('is one piece when it is short, and many of like size when it is long', () => {
    expect(cutText(textOf(randomMembers(30)))).toHaveLength(1);
    const pieces = cutText(textOf(randomMembers(1000))).slice(0, -1);
    expect(pieces.length).toBeGreaterThan(30);
    for (const { length } of pieces) expect(length).toBeGreaterThanOrEqual(4096);
    for (const { length } of pieces) expect(length).toBeLessThan(30_000);
  });

  it.each([0, 1, 499, 998, 999])(
    'keeps nearly all of them when member %i of 1000 changes, goes or gets a neighbour',
    (at) => {
      const members = randomMembers(1000);
      const [other] = randomMembers(1);
      for (const changed of [members.with(at, other), members.toSpliced(at, 1), members.toSpliced(at, 0, other)]) {
        const fresh = newPieces(textOf(members), textOf(changed));
        expect(fresh).toBeGreaterThan(0);
        expect(fresh).toBeLessThan(15);
      }
    },
  );
});
