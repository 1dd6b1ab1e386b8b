import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ended, useCli } from '../support/cli.ts';

/** No worker runs in this file: whatever is refused here is refused before anybody could have done anything. */
const cli = useCli();

const marker = () => join(cli.folder, 'deployed');
const deploy = () => [process.execPath, '-e', `fs.writeFileSync(${JSON.stringify(marker())}, "")`];

const good = `application: shop
environment: test
targets:
  - cluster: eu
    namespace: shop
    scope: { selector: app=shop }
readyTimeout: 2s
`;

let before: string[];

beforeEach(async () => {
  await cli.write('guard.yaml', good);
  before = await readdir(cli.folder);
});

/** The command never started, no cluster was asked anything, and no store, key or other file has appeared. */
afterEach(async () => {
  expect(existsSync(marker())).toBe(false);
  expect(cli.cluster.audit()).toEqual([]);
  expect(await readdir(cli.folder)).toEqual(before);
});

function run(env?: NodeJS.ProcessEnv, options: readonly string[] = []): Promise<Ended> {
  return cli.belay(['run', '-f', 'guard.yaml', ...options, '--', ...deploy()], env);
}

async function workflows(): Promise<string[]> {
  const found: string[] = [];
  for await (const { workflowId } of cli.temporal.client.workflow.list()) found.push(workflowId);
  return found;
}

it('tells its version', async () => {
  expect(await cli.belay(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
});

describe('a wrong guard.yaml exits 2, starts nothing and writes nothing', () => {
  it.each([
    ['an unknown key', `${good}bakee: 1s\n`, 'guard.yaml:8:1 bakee: unknown key; did you mean "bake"?'],
    [
      'a bad selector',
      good.replace('app=shop', '"app=shop,,"'),
      'guard.yaml:6:24 targets[0].scope.selector: "app=shop,," is not allowed; must be a label selector such as "app=shop,tier in (web,api)"',
    ],
    [
      'an unknown cluster',
      good.replace('cluster: eu', 'cluster: eeu'),
      'guard.yaml:4:14 targets[0].cluster: cluster "eeu" is not in belay.yaml; did you mean "eu"?',
    ],
    [
      'no targets',
      'application: shop\nenvironment: test\ntargets: []\n',
      'guard.yaml:3:10 targets: is empty; needs at least one target',
    ],
    [
      'a wrong type',
      good.replace('namespace: shop', 'namespace: [shop]'),
      /^guard.yaml:5:16 targets\[0\].namespace: is a list; must be text/,
    ],
    [
      'a condition that cannot be evaluated',
      `${good}health:\n  - kind: mesh.example/v1/Router\n    healthy: object.status.phase ==\n`,
      'guard.yaml:10:14 health[0].healthy: is no usable condition: Unexpected token: EOF; write a CEL condition over "object", such as object.status.phase == "Ready"',
    ],
    ['no YAML', 'application: "shop\n', /^guard.yaml:\d+:\d+: .*not valid YAML.*/],
    ['nothing in it', '', 'guard.yaml:1:1: is empty; write at least "application", "environment" and "targets"'],
    [
      'too much in it',
      `${good}#${'x'.repeat(1024 * 1024)}\n`,
      /^guard.yaml: is too big \(\d+ bytes\); give a file of at most 1048576 bytes$/,
    ],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0]), 'guard.yaml: is not UTF-8 text; save it as UTF-8'],
  ])('%s', async (_what, text, message) => {
    await cli.write('guard.yaml', text);
    const ended = await run();
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr.replace(/^belay: /, '').trimEnd()).toMatch(
      typeof message === 'string' ? exactly(message) : message,
    );
    expect(await workflows()).toEqual([]);
  });

  it('names all mistakes at once, with --json as data', async () => {
    await cli.write('guard.yaml', `${good.replace('cluster: eu', 'cluster: mars')}bakee: 1s\n`);
    const ended = await run({}, ['--json']);
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      event: 'error',
      exit: 2,
      problems: [
        { file: 'guard.yaml', place: { line: 4 }, field: 'targets[0].cluster' },
        { file: 'guard.yaml', place: { line: 8 }, field: 'bakee' },
      ],
    });
    expect(await workflows()).toEqual([]);
  });

  it('a file that is not there', async () => {
    const ended = await cli.belay(['run', '-f', 'nowhere.yaml', '--', ...deploy()]);
    expect(ended).toEqual({ code: 2, stdout: '', stderr: 'belay: nowhere.yaml: does not exist; check the path\n' });
    expect(await workflows()).toEqual([]);
  });
});

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}

describe('the command is never started', () => {
  it('when Temporal is not there: exit 1, the address named, nothing started', async () => {
    const ended = await run({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^belay: Temporal at 127\.0\.0\.1:1 does not answer \(.*\).*nothing was started/);
    expect(ended.stderr).toContain('belay status test/shop');
  });

  it('in a namespace that does not exist: exit 17, with the command that creates it', async () => {
    const ended = await run({ TEMPORAL_NAMESPACE: 'nowhere' });
    expect(ended.code).toBe(17);
    expect(ended.stdout).toMatch(/^✖ unready .*has no namespace "nowhere".*temporal operator namespace create/);
    expect(ended.stdout).toContain('the command was not started');
  });

  it('when no worker is running: exit 17, naming the queue and "belay worker"', async () => {
    const ended = await run();
    expect(ended.code).toBe(17);
    expect(ended.stdout).toContain('no worker is polling the queues "belay"');
    expect(ended.stdout).toContain('start one with "belay worker"');
    expect(ended.stdout).toContain('the command was not started');
  });
});
