import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { describeVectors } from './describe-vectors.ts';
import { topics } from './vectors/index.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clusters: ['eu'], speed: 20 });
});
afterAll(() => sandbox.stop());

function server() {
  const { url, tokens } = sandbox.cluster('eu');
  return { url, headers: { authorization: `Bearer ${tokens.admin}` } };
}

const vectors = Object.values(topics).flat();

test('178 vectors hold for sandbox and lab, 32 for the lab alone', () => {
  const both = vectors.filter(({ on }) => on === 'both');
  expect({ both: both.length, lab: vectors.length - both.length }).toEqual({ both: 178, lab: 32 });
});

test('no two vectors of a topic have the same title', () => {
  for (const topic of Object.values(topics)) expect(new Set(topic.map(({ title }) => title)).size).toBe(topic.length);
});

describeVectors(server, ({ on }) => on === 'both');
