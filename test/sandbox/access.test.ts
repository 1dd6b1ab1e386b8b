import { describe, expect, it } from 'vitest';
import { type JsonObject, objectAt, startSandbox } from '../../src/sandbox/index.ts';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, oneCluster } from './support.ts';

const review = (resourceAttributes: JsonObject): JsonObject => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes },
});
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

describe('access', () => {
  it('needs a known token, but not for health and version', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { url } = sandbox.cluster;
    const unknown = await fetch(`${url}/api`, { headers: { Authorization: 'Bearer wrong' } });
    expect(unknown.status).toBe(401);
    expect(await unknown.json()).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/version`)).status).toBe(200);
  });

  it('can be denied per user, verb and resource, in the words of the real server', async () => {
    const deny = [{ user: 'engine', verb: 'update', resource: 'configmaps' }] as const;
    await using sandbox = await oneCluster({ workloads: 'off', deny });
    const { cluster } = sandbox;
    await cluster.request('POST', CONFIG_MAPS, configMap('a'));
    const answer = await cluster.request('PUT', `${CONFIG_MAPS}/a`, configMap('a'), { user: 'engine' });
    expect(answer).toMatchObject({
      status: 403,
      body: {
        reason: 'Forbidden',
        message:
          'configmaps "a" is forbidden: User "engine" cannot update resource "configmaps" in API group "" in the namespace "default"',
        details: { name: 'a', kind: 'configmaps' },
      },
    });
    expect(await cluster.request('PUT', `${CONFIG_MAPS}/a`, configMap('a'), { user: 'deployer' })).toMatchObject({
      status: 200,
    });
  });

  it('taken away later is given back by the same handle', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    const giveBack = cluster.deny({ user: 'engine', verb: 'list', resource: '*' });
    const denied = await cluster.request('GET', '/apis/apps/v1/deployments', undefined, { user: 'engine' });
    expect(denied.body.message).toBe(
      'deployments.apps is forbidden: User "engine" cannot list resource "deployments" in API group "apps" at the cluster scope',
    );
    giveBack();
    expect(await cluster.request('GET', DEPLOYMENTS, undefined, { user: 'engine' })).toMatchObject({ status: 200 });
  });

  it('is what an access review answers', async () => {
    await using sandbox = await oneCluster({
      workloads: 'off',
      deny: [{ user: 'engine', verb: 'delete', resource: 'pods', namespace: 'default' }],
    });
    const ask = async (attributes: JsonObject) => {
      const answer = await sandbox.cluster.request('POST', REVIEWS, review(attributes), { user: 'engine' });
      expect(answer.status).toBe(201);
      return objectAt(answer.body, 'status').allowed;
    };
    expect(await ask({ verb: 'delete', resource: 'pods', namespace: 'default' })).toBe(false);
    expect(await ask({ verb: 'delete', resource: 'pods', namespace: 'other' })).toBe(true);
    expect(await ask({ verb: 'get', resource: 'pods', namespace: 'default' })).toBe(true);
  });

  it('is described by a kubeconfig with one context per cluster', async () => {
    await using sandbox = await startSandbox({ clusters: ['eu', 'us'], workloads: 'off' });
    const config = JSON.parse(sandbox.kubeconfig('engine')) as JsonObject;
    expect(config).toMatchObject({
      contexts: [{ name: 'eu' }, { name: 'us' }],
      clusters: [
        { cluster: { server: sandbox.cluster('eu').url } },
        { cluster: { server: sandbox.cluster('us').url } },
      ],
      users: [
        { user: { token: sandbox.cluster('eu').tokens.engine } },
        { user: { token: sandbox.cluster('us').tokens.engine } },
      ],
    });
  });
});
