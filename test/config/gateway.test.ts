import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gatewaySettings, loadConfig } from '../../src/config.ts';

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'belay-gateway-config-'));
});

afterEach(() => rm(cwd, { recursive: true, force: true }));

const secret = 'a-secret-of-thirty-two-characters';

async function settings(gateway: string, env: Record<string, string> = { CI_SECRET: secret }) {
  await writeFile(join(cwd, 'belay.yaml'), `gateway:\n${gateway}`);
  const { gateway: config } = await loadConfig({ env, cwd });
  if (config === undefined) throw new Error('no gateway');
  return gatewaySettings(config, env);
}

const problem = (gateway: string, env?: Record<string, string>) =>
  settings(gateway, env).then(
    () => 'none',
    (error: Error) => error.message,
  );

const ci = (more = '') =>
  `  senders:\n    - { name: ci, secrets: [{ env: CI_SECRET }], applications: [production/*]${more} }\n`;

test('secrets come from the environment and from files, several at a time', async () => {
  await writeFile(join(cwd, 'next'), `${secret}-next\n`);
  const text = '  senders: [{ name: ci, secrets: [{ env: CI_SECRET }, { file: next }], applications: ["*/shop"] }]\n';
  expect(await settings(text)).toEqual({
    listen: { host: '127.0.0.1', port: 8710 },
    tls: null,
    alertmanager: null,
    cloudevents: null,
    senders: [
      {
        name: 'ci',
        auth: 'hmac',
        secrets: [secret, `${secret}-next`],
        rights: ['report'],
        applications: ['*/shop'],
        onNoGuard: 'refuse',
        rate: { perMinute: 60, burst: 30 },
      },
    ],
  });
});

test.each([
  ['0.0.0.0:80', 'gateway.listen: 0.0.0.0:80 is not this machine alone'],
  ['localhost', 'must be "host:port"'],
])('listening at %s is refused without TLS or a word', async (listen, what) => {
  expect(await problem(`  listen: ${listen}\n${ci()}`)).toContain(what);
});

test('plain HTTP for others is spoken when it is asked for', async () => {
  const open = await settings(`  listen: "[::]:80"\n  plaintext: allow\n${ci()}`);
  expect(open.listen).toEqual({ host: '::', port: 80 });
});

test.each([
  ['the right that it needs', ci(', onNoGuard: rollback'), 'add "rollback" to "rights"'],
  ['a name of its own', ci() + ci().split('\n')[1], 'names that differ'],
  ['a name that no guard uses', ci().replace('ci,', 'person,'), 'must be none of'],
  ['applications', ci().replace('production/*', ''), 'applications'],
  ['a pattern that is one', ci().replace('production/*', 'production'), 'must be <environment>/<application>'],
  ['a secret that is not in the file', ci().replace('{ env: CI_SECRET }', secret), 'must be { env: NAME }'],
  ['a mapping to an application', `${ci()}  alertmanager: { application: "{a}/{b}/{c}" }\n`, 'must fill in to'],
  ['keys that exist', ci(', secret: x'), 'did you mean "secrets"?'],
])('a sender must have %s', async (_, text, what) => {
  const message = await problem(text);
  expect(message).toContain(what);
});

test.each([
  [{}, 'environment variable CI_SECRET: holds no secret'],
  [{ CI_SECRET: 'short' }, 'environment variable CI_SECRET: is no usable secret'],
  [{ CI_SECRET: 'with blanks in between them' }, 'is no usable secret'],
])('a secret must be there and be one: %j', async (env, what) => {
  const message = await problem(ci(), env);
  expect(message).toContain(what);
  expect(message).not.toMatch(/short|blanks in/);
});

test('two senders must not share a secret, and it is not quoted', async () => {
  const message = await problem(`${ci()}${ci().split('\n')[1]?.replace('ci', 'cd')}\n`);
  expect(message).toContain('senders ci and cd have the same secret');
  expect(message).not.toContain(secret);
});
