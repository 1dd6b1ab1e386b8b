import { beforeAll, expect, test } from 'vitest';
import type { Json } from '../../src/sandbox/index.ts';
import { useCli } from '../support/cli.ts';
import { pollUntil } from '../support/poll.ts';

/** `belay plan` as a process, with `belay worker` as another one. */
const cli = useCli();

const app = 'planned';
const core = `/api/v1/namespaces/${app}`;

function object(kind: 'ConfigMap' | 'Secret', name: string, data: Record<string, string>): Json {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: app, labels: { app } }, data };
}

const secret = { key: 'czNjcjN0LWNhbmFyeQ==', user: 'YWRh' };
const newKey = 'bjN3LWNhbmFyeQ==';

beforeAll(async () => {
  await cli.start(['worker']).prints('worker is polling');
  await cli.cluster.request('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: app },
  });
  await cli.cluster.request('POST', `${core}/configmaps`, object('ConfigMap', 'settings', { mode: 'v1' }));
  await cli.cluster.request('POST', `${core}/secrets`, object('Secret', 'payment', secret));
  const targets = `[{ cluster: eu, namespace: ${app}, scope: { selector: app=${app}, kinds: [v1/ConfigMap, v1/Secret] } }]`;
  await cli.write(
    'guard.yaml',
    `application: ${app}\nenvironment: test\ntargets: ${targets}\nbake: 1s\nreadyTimeout: 20s\n`,
  );
});

/** A deploy command without kubectl: writes both objects over HTTP. */
function deploy(): string[] {
  const headers = { authorization: `Bearer ${cli.cluster.tokens.deployer}`, 'content-type': 'application/json' };
  const puts = [
    [`${core}/configmaps/settings`, object('ConfigMap', 'settings', { mode: 'v2' })],
    [`${core}/secrets/payment`, object('Secret', 'payment', { ...secret, key: newKey })],
  ].map(([path, body]) => [`${cli.cluster.url}${path}`, { method: 'PUT', headers, body: JSON.stringify(body) }]);
  const script = `Promise.all(${JSON.stringify(puts)}.map((put) => fetch(...put))).then((all) => { if (!all.every(({ ok }) => ok)) throw 1; })`;
  return [process.execPath, '-e', script];
}

const plan = (...more: readonly string[]) => cli.belay(['plan', `test/${app}`, ...more]);

test('plan shows what a rollback would do, with exit 0, and once it is not safe any more exit 12', async () => {
  const kept = await cli.belay(['run', '-f', 'guard.yaml', '--', ...deploy()]);
  expect(kept).toMatchObject({ code: 0, stderr: '' });
  const [, baseline = ''] = /✔ baseline ([0-9a-f]{6})/.exec(kept.stdout) ?? [];

  const told = await plan('--to', baseline, '--by', 'ada');
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout.replace(/live [0-9a-f]{6}/, 'live 0a1b2c')).toBe(`  planned · test
· back to ${baseline} (as asked); live 0a1b2c, one instant across 1 target
  eu                   2 update · 0 unchanged
    ~ ConfigMap/settings
        ~ /data/mode  "v2" → "v1"
    ~ Secret/payment
        ~ /data/key  changed
        = /data/user  same
${'✔ plan                 2 update · 0 unchanged; 2 of 2 writes proven by dry run'.padEnd(93)}exit 0
`);

  const good = await plan('--json');
  expect(good.code).toBe(0);
  expect(JSON.parse(good.stdout)).toMatchObject({
    event: 'plan',
    verdict: 'possible',
    baseline: { because: 'last known good' },
    counts: { noop: 2, update: 0 },
    exit: 0,
  });

  await editLater('v3');
  const refused = await plan('--to', baseline);
  expect(refused.code).toBe(12);
  expect(refused.stdout).toMatch(
    /\n! changed by somebody else, outside the deploy\n {4}eu\/ConfigMap\/settings {2}by /,
  );
  expect(refused.stdout).toMatch(/\n✖ plan .* exit 12\n$/);

  for (const { stdout } of [told, good, refused]) {
    for (const hidden of [secret.key, newKey, secret.user]) expect(stdout).not.toContain(hidden);
  }
});

test('plan of an application that was never guarded exits 12, and a name that is none exits 2', async () => {
  const nobody = await cli.belay(['plan', 'test/nobody']);
  expect(nobody).toMatchObject({ code: 12, stderr: '' });
  expect(nobody.stdout).toContain('a rollback would be refused: no known good state is recorded\n');
  const wrong = await cli.belay(['plan', 'planned']);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('write <environment>/<application>, such as production/shop');
});

/** Servers cut times to the second: only in a later one it is surely no part of the deploy. */
async function editLater(mode: string): Promise<void> {
  const from = Date.now();
  await pollUntil(
    'the second has passed',
    async () => Date.now(),
    (now) => now > from + 1100,
  );
  const by = { user: 'admin', userAgent: 'kubectl-edit' } as const;
  const path = `${core}/configmaps/settings`;
  const answer = await cli.cluster.request('PUT', path, object('ConfigMap', 'settings', { mode }), by);
  expect(answer.status).toBe(200);
}
