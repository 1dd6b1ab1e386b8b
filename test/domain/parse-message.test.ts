import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as parsers from '../../src/domain/parse-message.ts';

const { parseApprove, parseCancel, parseDeployed, parseFailure, parseHold, parsePromote } = parsers;
const { parseResolve, parseResume, parseRollbackRequest, parseSupersede } = parsers;
const failure = { source: 'alerts', reason: 'errors', key: 'k1', guardId: 'g' };

describe.each(Object.entries(parsers))('%s', (_name, parse) => {
  test('answers anything at all without throwing', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(['ok', 'malformed']).toContain(parse(value).kind);
      }),
    );
  });

  test.each([
    ['a text', 'cancel'],
    ['nothing', undefined],
    ['null', null],
    ['a list', [{ guardId: 'g' }]],
    ['a payload that could not be decoded', { undecodable: 'aes', guardId: 'g' }],
    ['a number where a text must be', { guardId: 7, by: 7, reason: 7, source: 7, key: 7, decision: 7 }],
  ])('calls %s malformed', (_what, value) => {
    expect(parse(value)).toMatchObject({ kind: 'malformed', why: expect.any(String) });
  });
});

test('a right message is answered as it came', () => {
  const cancel = { guardId: 'g', by: 'mia', reason: 'wrong day' };
  expect(parseCancel(cancel)).toEqual({ kind: 'ok', message: cancel });
  expect(parseDeployed({ guardId: 'g', revision: 'v2' })).toMatchObject({ kind: 'ok' });
  expect(parseFailure(failure)).toMatchObject({ kind: 'ok' });
});

test('a field that is missing, empty or endless is named', () => {
  expect(parsePromote({ guardId: 'g' })).toEqual({ kind: 'malformed', why: '"by" must be a text' });
  expect(parsePromote({ guardId: 'g', by: '' })).toEqual({ kind: 'malformed', why: '"by" must be a text' });
  expect(parsePromote({ guardId: 'g', by: 'x'.repeat(2001) })).toMatchObject({ kind: 'malformed' });
});

test('a failure report must say whose failure it is', () => {
  const { guardId: _guardId, ...anonymous } = failure;
  expect(parseFailure(anonymous)).toMatchObject({ kind: 'malformed' });
  expect(parseFailure({ ...anonymous, revision: 'v2' })).toMatchObject({ kind: 'ok' });
  expect(parseFailure({ ...anonymous, observedAt: '2026-01-01T00:00:00Z' })).toMatchObject({ kind: 'ok' });
  expect(parseFailure({ ...anonymous, observedAt: 'yesterday' })).toMatchObject({ kind: 'malformed' });
});

test('a newcomer may leave out whom to answer, but must not name it wrongly', () => {
  const supersede = { guardId: 'g', by: 'mia', reason: 'newer' };
  expect(parseSupersede(supersede)).toMatchObject({ kind: 'ok' });
  expect(parseSupersede({ ...supersede, replyTo: { workflowId: 'w' } })).toMatchObject({ kind: 'ok' });
  expect(parseSupersede({ ...supersede, replyTo: 'w' })).toMatchObject({ kind: 'malformed' });
});

test('a decision is one of five, and may name an object and the wait it means', () => {
  const resolve = { decision: 'retry', by: 'mia', reason: 'fixed' };
  expect(parseResolve(resolve)).toMatchObject({ kind: 'ok' });
  expect(parseResolve({ ...resolve, decision: 'skip', object: 'us/ConfigMap/a', step: 'finish/1' })).toMatchObject({
    kind: 'ok',
  });
  expect(parseResolve({ ...resolve, decision: 'approve' })).toEqual({
    kind: 'malformed',
    why: '"decision" must be one of retry, revert, skip, accept, abandon',
  });
  expect(parseResolve({ ...resolve, object: 7 })).toEqual({ kind: 'malformed', why: '"object" must be a text' });
});

test('an approval names a digest of at least twelve digits; why is free to be left out', () => {
  expect(parseApprove({ planDigest: '3f9c21d07a55', by: 'mia' })).toMatchObject({ kind: 'ok' });
  for (const planDigest of ['3f9c21', 'not a digest', '0'.repeat(65)])
    expect(parseApprove({ planDigest, by: 'mia' })).toMatchObject({
      kind: 'malformed',
      why: expect.stringContaining('"planDigest"'),
    });
});

test('who holds or resumes says why', () => {
  expect(parseHold({ by: 'mia' })).toEqual({ kind: 'malformed', why: '"reason" must be a text' });
  expect(parseResume({ by: 'mia', reason: 'seen enough' })).toMatchObject({ kind: 'ok' });
});

test('a rollback is on demand, or finishes a run in one of two directions, and not both', () => {
  const asked = { by: 'ada', reason: 'slow' };
  for (const more of [{}, { to: 'abc' }, { recover: 'forward' }, { recover: 'revert' }, { recover: null }])
    expect(parseRollbackRequest({ ...asked, ...more })).toMatchObject({ kind: 'ok' });
  for (const more of [{ recover: true }, { recover: 'back' }, { recover: 'forward', to: 'abc' }])
    expect(parseRollbackRequest({ ...asked, ...more })).toMatchObject({ kind: 'malformed' });
});
