import { describe, expect, it } from 'vitest';
import { decode, encode, type Json, type JsonObject } from '../../src/sandbox/json.ts';
import { jsonPatch, mergePatch } from '../../src/sandbox/patch.ts';

const document: JsonObject = { a: { b: [1, 2, 3], 'x/y': 'slash', 'm~n': 'tilde' } };

const patches: [string, JsonObject[], Json][] = [
  [
    'add to a list',
    [{ op: 'add', path: '/a/b/1', value: 9 }],
    { a: { ...(document.a as JsonObject), b: [1, 9, 2, 3] } },
  ],
  [
    'add at the end',
    [{ op: 'add', path: '/a/b/-', value: 9 }],
    { a: { ...(document.a as JsonObject), b: [1, 2, 3, 9] } },
  ],
  ['remove an item', [{ op: 'remove', path: '/a/b/0' }], { a: { ...(document.a as JsonObject), b: [2, 3] } }],
  [
    'replace an escaped name',
    [{ op: 'replace', path: '/a/x~1y', value: 'new' }],
    { a: { ...(document.a as JsonObject), 'x/y': 'new' } },
  ],
  ['move', [{ op: 'move', from: '/a/b', path: '/c' }], { a: { 'x/y': 'slash', 'm~n': 'tilde' }, c: [1, 2, 3] }],
  ['copy', [{ op: 'copy', from: '/a/m~0n', path: '/c' }], { ...document, c: 'tilde' }],
  [
    'test, then remove',
    [
      { op: 'test', path: '/a/b', value: [1, 2, 3] },
      { op: 'remove', path: '/a' },
    ],
    {},
  ],
];

describe('a JSON patch', () => {
  it.each(patches)('can %s', (_title, operations, expected) => {
    expect(jsonPatch(document, operations)).toEqual(expected);
  });

  it('leaves its target as it was', () => {
    const before = encode(document);
    jsonPatch(document, [{ op: 'remove', path: '/a/b/0' }]);
    expect(encode(document)).toBe(before);
  });

  it.each([
    ['a failed test', { op: 'test', path: '/a/b/0', value: 2 }],
    ['a missing path', { op: 'remove', path: '/nope' }],
    ['an index out of range', { op: 'add', path: '/a/b/7', value: 1 }],
    ['an unknown operation', { op: 'bogus', path: '/a' }],
  ])('is rejected for %s', (_title, operation) => {
    expect(() => jsonPatch(document, [operation])).toThrow('the server rejected our request');
  });
});

describe('a merge patch', () => {
  it('merges objects, replaces lists and removes by null', () => {
    expect(mergePatch({ a: { b: 1, c: 2 }, l: [1, 2] }, { a: { b: null, d: 3 }, l: [9] })).toEqual({
      a: { c: 2, d: 3 },
      l: [9],
    });
  });
});

describe('JSON text', () => {
  it.each(['9007199254740993', '1.0', '-0', '1e3', '0.1', '12345678901234567890.5'])(
    'keeps %s as written',
    (number) => {
      expect(encode(decode(`{"n":${number}}`))).toBe(`{"n":${number}}`);
    },
  );
});
