import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isConfigError, loadGuardFile } from '../../src/config.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-guard-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const good = `application: shop
environment: production
targets:
  - cluster: eu
    namespace: shop
    scope: { selector: app=shop }
`;

async function write(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

/** One line per problem, with the file's name in front. */
async function problemsOf(text: string | Uint8Array, clusters = ['eu', 'us']): Promise<string[]> {
  return problemsAt(await write('guard.yaml', text), clusters);
}

async function problemsAt(path: string, clusters = ['eu', 'us']): Promise<string[]> {
  try {
    await loadGuardFile(path, { shown: 'guard.yaml', clusters });
    return [];
  } catch (error) {
    if (!isConfigError(error)) throw error;
    return error.message.split('\n');
  }
}

describe('a guard file', () => {
  it('is read with its manifests apart', async () => {
    const path = await write('guard.yaml', `${good}bake: 10s\nrevision: v2\n`);
    const loaded = await loadGuardFile(path, { clusters: ['eu'] });
    expect(loaded).toEqual({
      path,
      manifests: [],
      spec: {
        application: 'shop',
        environment: 'production',
        bake: '10s',
        revision: 'v2',
        targets: [{ cluster: 'eu', namespace: 'shop', scope: { selector: 'app=shop' } }],
      },
    });
  });

  it('may use an anchor for a scope that targets share', async () => {
    const targets = `  - {cluster: eu, namespace: shop, scope: &scope {selector: app=shop}}
  - {cluster: us, namespace: shop, scope: *scope}
`;
    expect(await problemsOf(`application: shop\nenvironment: production\ntargets:\n${targets}`)).toEqual([]);
  });

  it.each([
    ['an unknown key', `${good}bakee: 10s\n`, 'guard.yaml:7:1 bakee: unknown key; did you mean "bake"?'],
    [
      'an unknown key that resembles none',
      good.replace('scope: {', 'scope: { colour: red,'),
      'guard.yaml:6:14 targets[0].scope.colour: unknown key; remove it; known keys are refs, selector, inventory, closure, kinds, exclude, ignore',
    ],
    [
      'a bad selector',
      good.replace('app=shop', '"app=shop,,"'),
      'guard.yaml:6:24 targets[0].scope.selector: "app=shop,," is not allowed; must be a label selector such as "app=shop,tier in (web,api)"',
    ],
    [
      'a scope that selects nothing',
      good.replace('selector: app=shop', ''),
      'guard.yaml:6:12 targets[0].scope: this is not allowed; needs "selector" or at least one entry in "refs" or "inventory"',
    ],
    [
      'one place twice',
      `${good}${good.slice(good.indexOf('  - '))}`,
      'guard.yaml:4:3 targets: this list is not allowed; names one namespace of one cluster twice: make it one target whose scope covers both',
    ],
    [
      'an ignore rule whose pointer is none',
      good.replace('app=shop }', 'app=shop, ignore: [{kind: "*", pointers: [spec.replicas]}] }'),
      'guard.yaml:6:66 targets[0].scope.ignore[0].pointers[0]: "spec.replicas" is not allowed; must be a JSON pointer such as "/spec/replicas"; in a key "/" is written "~1" and "~" is written "~0"',
    ],
    [
      'an ignore rule for what tells objects apart',
      good.replace('app=shop }', 'app=shop, ignore: [{kind: "*", pointers: [/metadata/name]}] }'),
      'guard.yaml:6:66 targets[0].scope.ignore[0].pointers[0]: "/metadata/name" is not allowed; names the identity of the object, which always counts; name a field in spec, data, labels or annotations',
    ],
    [
      'an ignore rule for a kind without its version',
      good.replace('app=shop }', 'app=shop, ignore: [{kind: Deployment, pointers: [/spec/replicas]}] }'),
      'guard.yaml:6:50 targets[0].scope.ignore[0].kind: "Deployment" is not allowed; must be "<apiVersion>/<Kind>" such as "apps/v1/Deployment", or "*" for every kind',
    ],
    [
      'an ignore rule with a key misspelt',
      good.replace('app=shop }', 'app=shop, ignore: [{kind: "*", pointer: [/spec/replicas]}] }'),
      'guard.yaml:6:43 targets[0].scope.ignore[0].pointers: is missing; add it',
    ],
    [
      'an inventory of two tools at once',
      good.replace('selector: app=shop', 'inventory: [{helm: shop, kapp: shop}]'),
      'guard.yaml:6:26 targets[0].scope.inventory[0]: this is not allowed; needs exactly one of helm, applySet, kapp, flux, argo; write one entry for each',
    ],
    [
      'an ApplySet that is neither id nor parent',
      good.replace('selector: app=shop', 'inventory: [{applySet: shop}]'),
      'guard.yaml:6:37 targets[0].scope.inventory[0].applySet: "shop" is not allowed; must be the id of an ApplySet ("applyset-…-v1") or its parent such as "Secret/shop"',
    ],
    [
      'no targets',
      'application: shop\nenvironment: production\ntargets: []\n',
      'guard.yaml:3:10 targets: is empty; needs at least one target',
    ],
    ['targets left out', 'application: shop\nenvironment: production\n', 'guard.yaml:1:1 targets: is missing; add it'],
    [
      'a wrong type',
      'application: shop\nenvironment: production\ntargets: eu\n',
      'guard.yaml:3:10 targets: is text ("eu"); must be a list',
    ],
    [
      'a bad duration',
      `${good}deadline: 10 bananas\n`,
      'guard.yaml:7:11 deadline: "10 bananas" is not allowed; must be a duration such as "30s", "5m" or "1h"',
    ],
    [
      'a value that is not known',
      `${good}onFailure: explode\n`,
      'guard.yaml:7:12 onFailure: "explode" is not allowed; use one of rollback, approve, hold, observe',
    ],
    [
      'an unknown cluster',
      good.replace('cluster: eu', 'cluster: uss'),
      'guard.yaml:4:14 targets[0].cluster: cluster "uss" is not in belay.yaml; did you mean "us"?',
    ],
    [
      'a cluster that resembles none',
      good.replace('cluster: eu', 'cluster: mars'),
      'guard.yaml:4:14 targets[0].cluster: cluster "mars" is not in belay.yaml; add it there under "clusters" (it has eu, us)',
    ],
    ['a duplicate key', `${good}bake: 1s\nbake: 2s\n`, 'guard.yaml:8:1 bake: duplicate key; keep one of the two'],
    ['text that is not YAML', 'application: [shop\n', /^guard.yaml:2:1: is not valid YAML \(.*\); /],
    ['a tag', 'application: !!js/function x\n', /^guard.yaml:1:14: is not valid YAML \(tag resolve failed\)/],
    ['an empty file', '', 'guard.yaml:1:1: is empty; write at least "application", "environment" and "targets"'],
    [
      'a file of comments',
      '# later\n',
      'guard.yaml:1:1: is empty; write at least "application", "environment" and "targets"',
    ],
    ['a list at the top', '- shop\n', 'guard.yaml:1:1: is a list; must be a map of keys'],
    ['two documents', `${good}---\n${good}`, /^guard.yaml:7:1: is not valid YAML \(multiple docs\)/],
    ['deep nesting', `a: ${'['.repeat(5000)}`, 'guard.yaml: is nested too deeply; write it flatter'],
    [
      'deep nesting in a line of dashes',
      '- '.repeat(100_000),
      'guard.yaml:1:1: is nested too deeply; write it flatter',
    ],
    ['an alias that is not defined', 'application: *shop\n', /^guard.yaml:1:14: .*alias/],
  ])('with %s is refused by place, field and fix', async (_, text, problem) => {
    const [first, ...others] = await problemsOf(text);
    if (typeof problem === 'string') expect(first).toBe(problem);
    else expect(first).toMatch(problem);
    expect(others.filter((line) => !line.startsWith('guard.yaml'))).toEqual([]);
  });

  it('has a misspelt inventory named with what was meant', async () => {
    const text = good.replace('selector: app=shop', 'inventory: [{applyset: Secret/shop}]');
    expect(await problemsOf(text)).toContain(
      'guard.yaml:6:27 targets[0].scope.inventory[0].applyset: unknown key; did you mean "applySet"?',
    );
  });

  it('has all its problems named at once, in the order of lines', async () => {
    const text = `aplication: shop
environment: Production
targets:
  - cluster: mars
    namespace: 5
    scope: { selector: "" }
bake: soon
`;
    expect((await problemsOf(text)).map((line) => line.split(': ')[0])).toEqual([
      'guard.yaml:1:1 aplication',
      'guard.yaml:1:1 application',
      'guard.yaml:2:14 environment',
      'guard.yaml:4:14 targets[0].cluster',
      'guard.yaml:5:16 targets[0].namespace',
      'guard.yaml:6:24 targets[0].scope.selector',
      'guard.yaml:7:7 bake',
    ]);
  });

  it('is refused before parsing when it is too big', async () => {
    const text = `# ${'x'.repeat(1024 * 1024)}\n${good}`;
    expect(await problemsOf(text)).toEqual([
      `guard.yaml: is too big (${text.length} bytes); give a file of at most 1048576 bytes`,
    ]);
  });

  it('with an alias bomb is refused', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const aliases = Array(9).fill(`*a${level}`).join(',');
      return `a${level + 1}: &a${level + 1} [${aliases}]`;
    });
    const text = `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${levels.join('\n')}\n`;
    expect(await problemsOf(text)).toEqual([
      'guard.yaml:2:10: uses too many aliases, or one that is not defined; use an anchor at most 100 times',
    ]);
  });

  it('with very many keys is refused quickly', async () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `k${index}: v`).join('\n');
    expect(await problemsOf(text)).toContain('guard.yaml:1:1: has 19980 more unknown keys; is this the right file?');
  });

  it('that is missing, a folder or not text is refused by its name', async () => {
    expect(await problemsAt(join(folder, 'nope.yaml'))).toEqual(['guard.yaml: does not exist; check the path']);
    expect(await problemsAt(folder)).toEqual(['guard.yaml: is a folder; name a file']);
    expect(await problemsOf(Uint8Array.of(0xff, 0xfe, 0x00))).toEqual([
      'guard.yaml: is not UTF-8 text; save it as UTF-8',
    ]);
  });
});

describe('manifests', () => {
  const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: shop }\n';
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { key: hunter2 }\n';

  async function refsOf(...entries: string[]) {
    const path = await write('guard.yaml', `${good}manifests: ${JSON.stringify(entries)}\n`);
    return (await loadGuardFile(path, { shown: 'guard.yaml' })).manifests;
  }

  const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const key = { apiVersion: 'v1', kind: 'Secret', name: 'key' };

  it('are files and folders beside the guard file, several documents and lists, each object once', async () => {
    await write('v2/all.yaml', `${deployment}---\n---\n${secret}`);
    await write(
      'v2/again.json',
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ ...key, metadata: { name: 'key' } }] }),
    );
    await write('v2/notes.txt', 'not a manifest');
    await write('v2/deeper/other.yaml', 'not: one either');
    const expected = [key, web];
    const refs = await refsOf('v2', 'v2/all.yaml');
    expect(refs).toHaveLength(2);
    expect(refs).toEqual(expect.arrayContaining(expected));
  });

  it('give nothing but names', async () => {
    await write('secret.yaml', secret);
    expect(JSON.stringify(await refsOf('secret.yaml'))).not.toContain('hunter2');
  });

  it('that are missing are named where the guard file names them', async () => {
    await expect(refsOf('v3')).rejects.toThrow(/^guard.yaml:7:13 manifests\[0\]: "v3" does not exist; /);
  });

  it('that are no objects are refused without quoting them', async () => {
    await write('values.yaml', 'password: hunter2\n');
    await expect(refsOf('values.yaml')).rejects.toThrow(/^values.yaml:1:1: is not a Kubernetes object; /);
    await write('broken.yaml', 'a: 1\npassword: "hunter2\n');
    const broken = refsOf('broken.yaml');
    await expect(broken).rejects.toThrow(/^broken.yaml:\d+:\d+: is not valid YAML; /);
    await expect(broken).rejects.not.toThrow(/hunter2/);
  });
});
