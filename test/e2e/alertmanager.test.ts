import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BelayClient, connect } from '../../src/client/index.ts';
import { type Access, createGateway, type GatewayServer, handsOf, startServer } from '../../src/gateway/index.ts';
import { type Alertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { guardBadDeploy } from '../support/bad-deploy.ts';
import { clusterNames, useEngine } from '../support/engine.ts';
import { alerts, settings, token } from '../support/gateway.ts';
import { pollUntil } from '../support/poll.ts';
import type { SmallApp } from '../support/small-app.ts';

const engine = useEngine();
let belay: BelayClient;
let server: GatewayServer;
let alertmanager: Alertmanager;
const log: Access[] = [];
const errors: unknown[] = [];

beforeAll(async () => {
  const { address, namespace } = engine.temporal;
  belay = await connect({ namespace, connection: { address } });
  const gateway = createGateway({
    settings: { ...settings, senders: [{ ...alerts, applications: ['test/*'], rate: { perMinute: 600, burst: 50 } }] },
    hands: handsOf(belay),
    now: Date.now,
    onAccess: (access) => log.push(access),
    onError: (error) => errors.push(error),
  });
  server = await startServer(gateway, settings);
  alertmanager = await startAlertmanager(configuration(server.url));
});

afterAll(async () => {
  await alertmanager?.stop();
  await server?.stop();
  await belay?.close();
});

/** As in docs/gateway.md, with shorter times and all alerts in one group. */
function configuration(url: string): string {
  return `
route:
  receiver: belay
  group_wait: 100ms
  group_interval: 500ms
  repeat_interval: 4h
receivers:
  - name: belay
    webhook_configs:
      - url: ${url}/v1/alertmanager
        send_resolved: true
        http_config:
          authorization: { type: Bearer, credentials: ${token} }
`;
}

const alertOf = (application: string) => ({
  labels: { alertname: 'ErrorRate', severity: 'critical', environment: 'test', application },
  annotations: { summary: 'a third of all requests fail' },
});

/** What was answered to the notifications from here on, once one of them has this among its answers. */
async function answered(from: number, word: string): Promise<string[]> {
  const said = async () => log.slice(from).map(({ status, answer }) => `${status} ${answer}`);
  return await pollUntil(`a notification answered with "${word}"`, said, (texts) => texts.join().includes(word));
}

async function guardDeployed() {
  const change = async (app: SmallApp) => {
    for (const cluster of clusterNames) await app.put(cluster, app.configMap('settings', { mode: 'wild' }));
  };
  const guarded = await guardBadDeploy(engine, 'alerts', { bake: '1h', deadline: '1h' }, change);
  await guarded.guard.deployed();
  await guarded.guard.until('watching', ({ phase }) => phase === 'watching');
  return guarded;
}

test('an alert that fires rolls back; others of its group, and its end, do nothing', async () => {
  const { app, guard, before } = await guardDeployed();
  const other = await guardDeployed();
  const startsAt = new Date().toISOString();
  await alertmanager.post([
    { ...alertOf(app.name), startsAt },
    { ...alertOf('unguarded'), startsAt },
  ]);
  const { failure } = await guard.until('failed', (view) => view.failure !== null);
  expect(failure).toMatchObject({ source: 'alerts', reason: 'ErrorRate: a third of all requests fail' });
  expect(await guard.result()).toMatchObject({ outcome: 'restored' });
  expect(await app.content()).toEqual(before);
  const [first] = await answered(0, 'no guard');
  expect(first).toMatch(/^200 (accepted, no guard|no guard, accepted)$/);

  const next = log.length;
  const long = new Date(Date.now() - 60_000).toISOString();
  await alertmanager.post([
    { ...alertOf(app.name), startsAt, endsAt: new Date().toISOString() },
    { ...alertOf(other.app.name), startsAt: long },
  ]);
  const later = await answered(next, 'resolved');
  expect(later.join()).toContain('not this deploy');
  expect((await other.guard.status()).failure).toBeNull();

  await other.guard.signal('promote', { guardId: other.guard.request.guardId, by: 'test' });
  expect(await other.guard.result()).toMatchObject({ outcome: 'kept' });
  expect(errors).toEqual([]);
});

test('alerts that no application can be told from are refused, so that Alertmanager counts them', async () => {
  const next = log.length;
  await alertmanager.post([{ labels: { alertname: 'NobodysAlert' } }]);
  expect(await answered(next, 'not done')).toContainEqual(expect.stringMatching(/^422 /));
});
