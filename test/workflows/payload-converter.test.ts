import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { payloadConverter } from '../../workflows/payload-converter.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const payload = (encoding: string, data: string): Payload => ({
  metadata: { encoding: bytes(encoding) },
  data: bytes(data),
});

const message = { type: 'workflow', namespace: 'n', workflowId: 'w' } as const;
const answer = { type: 'activity', namespace: 'n', isLocal: false } as const;

const broken: readonly (readonly [string, Payload, string])[] = [
  ['of an encoding nobody knows', payload('binary/encrypted', 'x'), 'encoding binary/encrypted'],
  ['that is no JSON though it says so', payload('json/plain', '{"password": hunter2'), 'encoding json/plain'],
  ['without data', { metadata: { encoding: bytes('json/plain') } }, 'encoding json/plain'],
  ['without an encoding', { metadata: {}, data: bytes('1') }, 'encoding missing'],
  ['without metadata', { data: bytes('1') }, 'encoding missing'],
  ['with a name of an encoding made to be shown', payload('a\nb\u001b[31m', ''), 'encoding a?b?[31m'],
  ['with an endless encoding', payload('x'.repeat(100_000), ''), `encoding ${'x'.repeat(60)}`],
];

describe.each(broken)('a payload %s', (_what, payload, undecodable) => {
  test('is a message that says so, and quotes nothing of it', () => {
    expect(payloadConverter.fromPayload(payload, message)).toEqual({ undecodable });
    expect(payloadConverter.fromPayload(payload)).toEqual({ undecodable });
  });

  test('is no answer of an activity', () => {
    expect(() => payloadConverter.fromPayload(payload, answer)).toThrow(
      `the answer of an activity could not be decoded (${undecodable})`,
    );
  });
});

test('what a codec could not decrypt is no answer of an activity either', () => {
  const undecrypted = defaultPayloadConverter.toPayload({ undecodable: 'key 7 is missing' });
  expect(() => payloadConverter.fromPayload(undecrypted, answer)).toThrow('could not be decoded');
  expect(payloadConverter.fromPayload(undecrypted, message)).toEqual({ undecodable: 'key 7 is missing' });
});

test.each([[undefined], [null], ['text'], [{ guardId: 'g' }], [[1, 2]], [new Uint8Array([1, 2])]])(
  'everything else is as the SDK has it: %o',
  (value) => {
    const converted = payloadConverter.toPayload(value, message);
    expect(converted).toEqual(defaultPayloadConverter.toPayload(value));
    for (const context of [message, answer]) expect(payloadConverter.fromPayload(converted, context)).toEqual(value);
  },
);
