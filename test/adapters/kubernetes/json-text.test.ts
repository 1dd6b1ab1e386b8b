import { describe, expect, it } from 'vitest';
import { parseJson, printJson } from '../../../src/adapters/kubernetes/json-text.ts';

describe('JSON text', () => {
  it.each(['9007199254740993', '1.0', '1e3', '-0', '0.1000', '[1,{"a":2.50}]', '{"__proto__":"x","a":null}'])(
    'comes out of parse and print as it went in: %s',
    (text) => expect(printJson(parseJson(text))).toBe(text),
  );

  it('prints numbers that were copied field by field', () => {
    const copy = JSON.parse(JSON.stringify(parseJson('{"replicas":3.0}')));
    expect(printJson(copy)).toBe('{"replicas":3.0}');
  });

  it('prints an object that is no number as an object', () => {
    const text = '{"isLosslessNumber":true,"value":"1,\\"admin\\":true"}';
    expect(printJson(JSON.parse(text))).toBe(text);
  });

  it('refuses an object that would be printed as a number', () => {
    expect(() => parseJson('{"spec":{"isLosslessNumber":true,"value":"3"}}')).toThrow('cannot be kept exactly');
  });
});
