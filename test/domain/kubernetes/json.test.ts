import { parse } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import {
  asList,
  asNumber,
  asRecord,
  asText,
  at,
  canonicalJson,
  isExactNumber,
} from '../../../src/domain/kubernetes/json.ts';
import type { Json } from '../../../src/schema/json.ts';

const json = (text: string) => parse(text) as Json;

describe('reading', () => {
  const value = json('{"a":{"b":[{"c":1.0}]},"n":null}');

  it('follows keys and list indexes', () => expect(asNumber(at(value, 'a', 'b', 0, 'c'))).toBe(1));

  it.each([[['a', 'x', 'c']], [['a', 'b', 7]], [['n', 'x']], [['constructor']], [['a', 'b', 0, 'c', 'value']]])(
    'finds nothing at %j',
    (path) => expect(at(value, ...path)).toBeUndefined(),
  );

  it('answers empty records and lists for anything else', () => {
    expect(asRecord(json('[1]'))).toEqual({});
    expect(asRecord(json('12'))).toEqual({});
    expect(asList(json('{"0":1}'))).toEqual([]);
    expect(asText(json('12'))).toBeUndefined();
    expect(asNumber(json('"12"'))).toBeUndefined();
    expect(asNumber(12)).toBe(12);
  });
});

describe('canonical text', () => {
  it.each([
    ['9007199254740993', '9007199254740993'],
    ['1.0', '1.0'],
    ['-1.50e+10', '-1.50e+10'],
    ['{"b":1,"a":[3,2,{"d":null,"c":"x"}]}', '{"a":[3,2,{"c":"x","d":null}],"b":1}'],
    ['{"é":1,"z":2,"a\\"b":3}', '{"a\\"b":3,"z":2,"é":1}'],
    ['{"__proto__":1,"a":2}', '{"__proto__":1,"a":2}'],
  ])('of %s is %s', (text, canonical) => {
    const value = text.includes('__proto__') ? (JSON.parse(text) as Json) : json(text);
    expect(canonicalJson(value)).toBe(canonical);
  });

  it('prints plain and exact numbers alike', () => expect(canonicalJson(12)).toBe(canonicalJson(json('12'))));

  it.each([
    '{"isLosslessNumber":true,"value":"12","unit":"m"}',
    '{"isLosslessNumber":true,"value":"twelve"}',
    '{"isLosslessNumber":"true","value":"12"}',
  ])('does not take %s for a number', (text) => {
    expect(isExactNumber(json(text))).toBe(false);
    expect(canonicalJson(json(text))).toContain('"isLosslessNumber"');
  });
});
