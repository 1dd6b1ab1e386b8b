import { describe, expect, it } from 'vitest';
import { createCelExpressions } from '../../src/adapters/cel-expressions.ts';
import { exact, object } from '../domain/kubernetes/objects.ts';

const { problemWith, evaluate } = createCelExpressions();

const rollout = exact({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'web', labels: { 'app.kubernetes.io/name': 'web' } },
  spec: { replicas: 3, weight: 0.5 },
  status: { phase: 'Healthy', ready: 3, conditions: [{ type: 'Ready', status: 'True' }] },
});

describe('an expression sees the object:', () => {
  it.each([
    ['text', 'object.status.phase == "Healthy"'],
    ['whole numbers as integers', 'object.status.ready == object.spec.replicas && object.spec.replicas % 2 == 1'],
    ['other numbers as doubles', 'object.spec.weight < 1.0'],
    ['lists', 'object.status.conditions.exists(c, c.type == "Ready" && c.status == "True")'],
    ['labels', 'object.metadata.labels["app.kubernetes.io/name"].startsWith("we")'],
    ['what is not there', '!has(object.status.message)'],
    ['optional fields', 'object.?status.?message.orValue("") == ""'],
  ])('%s', (_, expression) => {
    expect(problemWith(expression)).toBeNull();
    expect(evaluate(expression, rollout)).toEqual({ kind: 'value', value: true });
  });

  it('numbers exactly up to 64 bits', () => {
    const large = object('{"apiVersion":"v1","kind":"A","metadata":{"name":"a"},"a":9007199254740993,"b":1.0,"c":1e2}');
    expect(evaluate('object.a == 9007199254740993 && object.a != 9007199254740992', large)).toMatchObject({
      value: true,
    });
    expect(evaluate('type(object.b) == double && object.c == 100.0', large)).toMatchObject({ value: true });
  });

  it('nothing that JavaScript adds to it', () =>
    expect(evaluate('object.constructor != null', rollout)).toEqual({
      kind: 'error',
      reason: 'No such key: constructor',
    }));
});

describe('a text that is no condition has a problem:', () => {
  it.each([
    ['half an expression', 'object.status.phase ==', /Unexpected token/],
    ['an unknown name', 'status.phase == "Healthy"', /Unknown variable: status/],
    ['an unknown function', 'object.status.ok()', /ok/],
    ['a value', '"Healthy"', /answers string, not true or false/],
    ['the object itself', 'object', /answers map/],
    ['an endless depth', `${'('.repeat(300)}true${')'.repeat(300)}`, /depth/i],
    ['far too many terms', Array(400).fill('object.a == 1').join(' || '), /maxAstNodes/],
  ])('%s', (_, expression, problem) => expect(problemWith(expression)).toMatch(problem));
});

describe('an evaluation that fails is an error with one line:', () => {
  it.each([
    ['a field that is not there', 'object.status.message == "x"', 'No such key: message'],
    ['an answer that is neither true nor false', 'object.status.phase', 'is neither true nor false'],
  ])('%s', (_, expression, reason) => expect(evaluate(expression, rollout)).toEqual({ kind: 'error', reason }));

  it('a list that is too long', () => {
    const long = exact({ apiVersion: 'v1', kind: 'A', metadata: { name: 'a' }, list: Array(1001).fill(1) });
    expect(evaluate('true', long)).toMatchObject({ kind: 'error', reason: expect.stringContaining('1000 entries') });
  });

  it.each([
    ['a regular expression without an end', 'object.text.matches("^(a+)+$")'],
    [
      'a search of everything in everything',
      'object.list.all(a, object.list.all(b, object.list.all(c, a + b + c >= 0)))',
    ],
  ])('%s, after a fraction of a second', (_, expression) => {
    const heavy = exact({
      apiVersion: 'v1',
      kind: 'A',
      metadata: { name: 'a' },
      text: `${'a'.repeat(50)}!`,
      list: Array(1000).fill(1),
    });
    expect(evaluate(expression, heavy)).toMatchObject({
      kind: 'error',
      reason: expect.stringContaining('timed out'),
    });
  });
});
