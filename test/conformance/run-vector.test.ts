import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { configMap, configMaps, stored } from './objects.ts';
import { type Connection, connect, runVector } from './run-vector.ts';
import type { Step, Vector } from './vector.ts';

let sandbox: Sandbox;
let connection: Connection;
beforeAll(async () => {
  sandbox = await startSandbox({ clusters: ['eu'] });
  const { url, tokens } = sandbox.cluster('eu');
  connection = connect({ url, headers: { authorization: `Bearer ${tokens.admin}` } });
});
afterAll(async () => {
  await connection.close();
  await sandbox.stop();
});

const a = `${configMaps}/a`;
const made: Step = { send: 'POST', to: configMaps, body: configMap('a'), status: 201, managers: ['vector Update'] };
const changed: Step = { send: 'MERGE', to: a, body: { data: { x: '1' } }, status: 200 };
const refused: Step = {
  send: 'PUT',
  to: a,
  body: configMap('a', {}, { resourceVersion: '1' }),
  status: 409,
  reason: 'Conflict',
};

const versionOne = { '/metadata/resourceVersion': '{version-1}' };

const run = (steps: Step[], after: Vector['after'] = {}) =>
  runVector(connection, { title: 'a vector', on: 'both', steps, after });

describe('a vector', () => {
  it('holds when all is as it says', async () => {
    await run([made, changed, refused], { [a]: stored(configMap('a', { mode: 'calm', x: '1' }), 1, 2) });
  });

  it.each([
    ['another status', [{ ...made, status: 200 }]],
    ['another reason', [made, { ...refused, reason: 'AlreadyExists' }]],
    ['a cause that is not there', [made, { ...refused, causes: ['FieldValueInvalid data'] }]],
    ['another message', [made, { ...refused, message: /nothing of the kind/ }]],
    ['another object', [{ ...made, object: stored(configMap('a', { mode: 'wild' }), 1, 1) }]],
    [
      'another version',
      [
        { ...made, object: stored(configMap('a'), 1, 1) },
        { ...changed, fields: versionOne },
      ],
    ],
    ['a field that is not there', [{ ...made, fields: { '/data/x': '1' } }]],
    ['the absence of a field that is there', [{ ...made, fields: { '/data/mode': undefined } }]],
    ['other managers', [{ ...made, managers: ['team Update'] }]],
    ['the same as an earlier answer', [made, { ...changed, like: 1 }]],
  ] satisfies [string, Step[]][])('fails when it expects %s', async (_what, steps) => {
    await expect(run(steps)).rejects.toThrow(/to deeply equal/);
  });

  it('fails when the state after it is another', async () => {
    await expect(run([made], { [a]: 'absent' })).rejects.toThrow(/to deeply equal/);
  });

  it('fails at a name that no answer has shown', async () => {
    await expect(run([{ ...made, body: configMap('a', { x: '{uid-7}' }) }])).rejects.toThrow(
      'no answer showed {uid-7}',
    );
  });

  it('deletes its namespace and what it leaves outside of it, also when it fails', async () => {
    const leaves = ['/api/v1/namespaces/{ns}-b'];
    const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: '{ns}-b' } };
    const step: Step = { send: 'POST', to: '/api/v1/namespaces', body: other, status: 418 };
    await expect(runVector(connection, { title: 'a vector', on: 'both', steps: [step], leaves })).rejects.toThrow();
    const asked = sandbox
      .cluster('eu')
      .audit()
      .filter(({ verb }) => verb === 'delete');
    expect(asked.slice(-2).map(({ resource }) => resource)).toEqual(['namespaces', 'namespaces']);
  });
});
