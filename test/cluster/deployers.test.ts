import { readFile } from 'node:fs/promises';
import { describe, test } from 'vitest';
import { at, numberAt } from '../../src/sandbox/index.ts';
import type { Ended } from '../support/cli.ts';
import { pollUntil } from '../support/poll.ts';
import { type Shop, useShell } from '../support/shell.ts';

/** Deploy tools as people call them, each inside `belay run`, on a real API server. */
const shell = useShell();

const byLabel = (app: string) => `{ selector: app=${app} }`;
const byRelease = (_app: string) => '{ inventory: [{ helm: web }] }';

async function isAvailable(shop: Shop): Promise<void> {
  const read = () => shop.read('/apis/apps/v1/namespaces/*/deployments/web');
  await pollUntil('web is available', read, (web) => numberAt(web, 'status', 'availableReplicas') === 2);
}

async function modeOf(shop: Shop): Promise<unknown> {
  return at((await shop.read('/api/v1/namespaces/*/configmaps/settings')) ?? {}, 'data', 'mode');
}

describe.concurrent('a bad version is put back, and the next good one goes in unforced, after', () => {
  const ways = [
    { how: 'kubectl apply', scope: byLabel, flags: () => [] },
    { how: 'kubectl apply --server-side', scope: byLabel, flags: () => ['--server-side'] },
    {
      how: 'kubectl apply --prune',
      scope: byLabel,
      flags: (app: string) => ['--prune', '-l', `app=${app}`, '--prune-allowlist', 'core/v1/ConfigMap'],
    },
    {
      how: 'kubectl apply --prune --applyset',
      scope: () => '{ inventory: [{ applySet: Secret/shop }] }',
      flags: () => ['--prune', '--applyset=shop'],
    },
  ];
  for (const { how, scope, flags } of ways) {
    test(how, async ({ expect }) => {
      const shop = await shell.shop(scope);
      const apply = (version: string) => [
        'kubectl',
        'apply',
        ...['-n', shop.name, ...flags(shop.name), '-f', `${shop.name}/kubectl/${version}`],
      ];
      await shop.run(...apply('v1'));
      await isAvailable(shop);
      const before = await shop.content();

      const ended = await shop.deploy(...apply('v2'));
      expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 10 });
      expect(ended.stdout).toMatch(/kubectl apply .* exit 0[\s\S]*v2-pull-error.*not found[\s\S]*restored/);
      expect(await shop.content()).toEqual(before);

      await shop.run(...apply('v3'));
      await isAvailable(shop);
      expect(await modeOf(shop)).toBe('brisk');
      expect(at((await shop.read('/api/v1/namespaces/*/configmaps/settings')) ?? {}, 'data', 'limit')).toBeUndefined();
    });
  }
});

const chart = (shop: Shop, version: string) => ['web', `${shop.name}/chart/${version}`];

/** v1 as revision 1. */
async function install(scope = byRelease, ...flags: string[]): Promise<Shop> {
  const shop = await shell.shop(scope);
  await shop.run('helm', 'install', ...chart(shop, 'v1'), '--wait', ...flags);
  return shop;
}

const history = async (shop: Shop): Promise<unknown> =>
  JSON.parse(await shop.run('helm', 'history', 'web', '-o', 'json'));

async function upgradesTo(shop: Shop, revision: number): Promise<void> {
  const told = await shop.run('helm', 'upgrade', ...chart(shop, 'v3'), '--wait', '-o', 'json');
  const { version, info } = JSON.parse(told) as { version: number; info: { status: string } };
  if (version !== revision || info.status !== 'deployed') throw new Error(`helm upgrade: ${told}`);
}

/** A good upgrade that takes its time, killed without a chance to write down its end. */
async function killedHalfWay(shop: Shop): Promise<Ended> {
  const pid = `${shop.name}/pid`;
  const upgrade = `helm upgrade ${chart(shop, 'slow').join(' ')} --wait & echo $! > ${pid}; wait $!`;
  const running = shop.guarded('sh', '-c', upgrade);
  await pollUntil('a pending release', shop.releases, (releases) => releases[2] === 'pending-upgrade', 60_000);
  process.kill(Number(await readFile(shop.path(pid), 'utf8')), 'SIGKILL');
  return running.ended;
}

describe.concurrent('the objects and what Helm says of them are put back, and the next upgrade works, after helm upgrade', () => {
  const ways = [
    { how: 'without --wait', flags: [] },
    { how: 'with --wait', flags: ['--wait'] },
    { how: 'with --rollback-on-failure', flags: ['--rollback-on-failure'] },
    { how: 'that could not roll back by itself in time', flags: ['--rollback-on-failure', '--timeout', '1ms'] },
    { how: 'that applies client-side', flags: ['--server-side=false'], installed: ['--server-side=false'] },
  ];
  for (const { how, flags, installed = [] } of ways) {
    test(how, async ({ expect }) => {
      const shop = await install(byRelease, ...installed);
      const [before, told] = [await shop.content(), await history(shop)];

      const ended = await shop.deploy('helm', 'upgrade', ...chart(shop, 'v2'), ...flags);
      expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 10 });
      expect(await shop.content()).toEqual(before);
      expect(await history(shop)).toEqual(told);
      expect(await shop.releases()).toEqual({ 1: 'deployed' });

      await upgradesTo(shop, 2);
      expect(await modeOf(shop)).toBe('brisk');
    });
  }

  test('that is killed while its release is pending', async ({ expect }) => {
    const shop = await install();
    const [before, told] = [await shop.content(), await history(shop)];
    const ended = await killedHalfWay(shop);
    expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 10 });
    expect(await shop.content()).toEqual(before);
    expect(await history(shop)).toEqual(told);
    await upgradesTo(shop, 2);
  });

  test('that was tried again with a chart that no longer names what the first try made', async ({ expect }) => {
    const shop = await install();
    const before = await shop.content();
    const [first, second] = ['v2', 'again'].map((version) => `helm upgrade ${chart(shop, version).join(' ')}`);
    const ended = await shop.deploy('sh', '-c', `${first} --wait --timeout 1ms || ${second}`);
    expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 10 });
    expect(await shop.content()).toEqual(before);
    await upgradesTo(shop, 2);
  });

  test('that took the oldest revision from a full history', async ({ expect }) => {
    const shop = await install();
    await shop.run('helm', 'upgrade', ...chart(shop, 'v3'), '--wait');
    const before = await shop.content();
    const ended = await shop.deploy('helm', 'upgrade', ...chart(shop, 'v2'), '--history-max', '2');
    expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 10 });
    expect(await shop.content()).toEqual(before);
    expect(await shop.releases()).toEqual({ 1: 'superseded', 2: 'deployed' });
    await upgradesTo(shop, 3);
  });
});

test('with a scope by label alone the release stays pending, and helm rollback to its last good revision clears it', async ({
  expect,
}) => {
  const shop = await install(byLabel);
  const ended = await killedHalfWay(shop);
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 10 });
  expect(await modeOf(shop)).toBe('calm');
  expect(await shop.releases()).toEqual({ 1: 'deployed', 2: 'pending-upgrade' });
  await expect(upgradesTo(shop, 3)).rejects.toThrow(/another operation .* is in progress/);
  await shop.run('helm', 'rollback', 'web', '1', '--wait');
  await upgradesTo(shop, 4);
});

test('a first install that fails leaves nothing, and the next one is a first install', async ({ expect }) => {
  const shop = await shell.shop(byRelease);
  const ended = await shop.deploy('helm', 'upgrade', '--install', ...chart(shop, 'v2'), '--wait');
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 10 });
  expect(await shop.content()).toEqual({});
  await shop.run('helm', 'upgrade', '--install', ...chart(shop, 'v1'), '--wait');
  expect(await shop.releases()).toEqual({ 1: 'deployed' });
});
