import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadGuardFile } from '../../src/config.ts';
import { resolveSources } from '../../src/domain/resolve-sources.ts';
import { resolveTargets } from '../../src/domain/resolve-targets.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-smoke-test-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const spec = { template: { spec: { containers: [{ name: 'check', image: 'registry/check:v1' }] } } };

/** What becomes of a Job in a guard over targets in these namespaces, each `<cluster>/<namespace>`. */
async function resolved(places: readonly string[], job: object) {
  const targets = places.map((place) => {
    const [cluster, namespace] = place.split('/');
    return { cluster, namespace, scope: { selector: 'app=shop' } };
  });
  const guard = {
    application: 'shop',
    environment: 'test',
    targets,
    detect: [{ name: 'smoke', job: { spec, ...job } }],
  };
  const path = join(folder, 'guard.yaml');
  await writeFile(path, JSON.stringify(guard));
  const { spec: read } = await loadGuardFile(path, { shown: 'guard.yaml' });
  return resolveSources(read.detect ?? [], resolveTargets(read.targets, {}, { closure: true, kinds: [] }));
}

describe('a smoke test', () => {
  it('runs in the only target there is, for two minutes at most, unless it says otherwise', async () => {
    expect(await resolved(['eu/shop'], {})).toEqual([
      { kind: 'job', name: 'smoke', target: 'eu', timeout: 120_000, spec },
    ]);
  });

  it.each([
    [{ cluster: 'us' }, 'us'],
    [{ cluster: 'eu', namespace: 'shop' }, 'eu/shop'],
    [{ namespace: 'cart' }, 'eu/cart'],
  ])('of %j runs in target %s', async (place, target) => {
    expect(await resolved(['eu/shop', 'eu/cart', 'us/shop'], place)).toMatchObject([{ target }]);
  });

  it.each([
    [{}, 'must say with "cluster" and "namespace" in which target it runs (eu/shop, eu/cart, us/shop)'],
    [{ cluster: 'eu' }, 'must say with "cluster" and "namespace" in which target it runs (eu/shop, eu/cart)'],
    [
      { cluster: 'ap' },
      'detect[0].job: this is not allowed; must run in one of the targets (eu/shop, eu/cart, us/shop)',
    ],
  ])('of %j has no target', async (place, message) => {
    await expect(resolved(['eu/shop', 'eu/cart', 'us/shop'], place)).rejects.toThrow(message);
  });

  it.each([
    ['no containers', { template: { spec: { containers: [] } } }, 'detect[0].job.spec.template.spec.containers'],
    ['no template', {}, 'detect[0].job.spec.template: is missing'],
    ['an end of its own', { ...spec, activeDeadlineSeconds: 5 }, 'must not have selector, manualSelector, suspend'],
    ['a selector of its own', { ...spec, manualSelector: true }, 'must not have selector, manualSelector, suspend'],
    ['a book in it', { ...spec, note: 'x'.repeat(20_000) }, 'must have at most 20000 characters as JSON'],
  ])('with %s is refused', async (_, unfit, message) => {
    await expect(resolved(['eu/shop'], { spec: unfit })).rejects.toThrow(message);
  });
});
