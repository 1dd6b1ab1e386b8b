import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import type { Activities } from '../../src/schema/activities.ts';
import { connectDependencies } from '../support/dependencies.ts';

import { useLab } from '../support/lab.ts';
import { pollUntil } from '../support/poll.ts';
import { kindsIn, widgetDefinition } from '../support/property/kinds.ts';
import { openEngine } from '../support/property/rollback.ts';
import { kubectlSender, rawSender } from '../support/property/senders.ts';
import { differencesOf, readState, strayOwners } from '../support/property/state.ts';
import {
  applyNext,
  breakIt,
  drawNext,
  drawStory,
  fatesNamedIn,
  install,
  type Story,
  unmoved,
} from '../support/property/story.ts';
import { uniqueName } from '../support/temporal.ts';

/** `BELAY_PROPERTY_SEEDS=7` or `7,107` runs these alone, each by the way it always goes. */
const seedsAsked = process.env.BELAY_PROPERTY_SEEDS?.split(',').map(Number);
const kubectlSeeds = 40;
const seeds = seedsAsked ?? Array.from({ length: 200 }, (_, index) => index + 1);
const atOnce = 5;
const cluster = 'eu';

const lab = useLab();
const group = `${uniqueName('property')}.example.com`;
const kinds = kindsIn(group);
const closing: (() => Promise<unknown>)[] = [];
let activities: Activities;

beforeAll(async () => {
  await lab.grant(lab.engine);
  await lab.grant(lab.deployer);
  const entry = { name: cluster, kubeconfig: lab.kubeconfig(lab.engine), context: cluster };
  activities = createActivities(await connectDependencies([entry], 'nowhere:7233', closing));
  const admin = lab.cluster(cluster).as('admin');
  const definition = await admin.create(widgetDefinition(group));
  closing.push(async () => admin.remove(await admin.pathOf(definition)));
  const widgets = `/apis/${group}/v1/widgets`;
  await pollUntil('widgets to be served', () => admin.read(widgets), Boolean);
});

afterAll(async () => {
  for (const close of closing) await close();
});

interface Told {
  readonly seed: number;
  readonly objects: number;
  readonly operations: number;
  readonly refused: readonly string[];
}

const consent = [
  { allow: 'recreate', kind: 'v1/Service' },
  { allow: 'delete', kind: 'v1/PersistentVolumeClaim' },
] as const;

async function runSeed(seed: number): Promise<Told> {
  const admin = lab.cluster(cluster).as('admin');
  const namespace = uniqueName(`seed-${seed}`);
  await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  try {
    await pollUntil(
      'the default service account',
      () => admin.read(`/api/v1/namespaces/${namespace}/serviceaccounts/default`),
      Boolean,
    );
    return await tell(seed, drawStory(seed, namespace, group));
  } finally {
    await admin.remove(`/api/v1/namespaces/${namespace}`);
  }
}

async function tell(seed: number, story: Story): Promise<Told> {
  const { namespace } = story.graph;
  const admin = lab.cluster(cluster).as('admin');
  const sender =
    seed <= kubectlSeeds
      ? kubectlSender((args, input = []) => lab.kubectl(['--namespace', namespace, ...args], { cluster, input }))
      : rawSender(lab.cluster(cluster).as(lab.deployer), namespace);
  const read = () => readState(admin, namespace, kinds);
  await install(story, sender, admin);
  await claimsBound(namespace);
  const engine = await openEngine(activities, namespace, {
    target: { cluster, namespace, scope: { selector: `app=${namespace}`, kinds: kinds.map(kindName) } },
    consent: [...consent],
  });
  const baseline = await engine.baseline();
  const before = await read();
  const operations = await breakIt(story, sender, admin);
  const rolledBack = await engine.rollBack(baseline);
  const told = { seed, objects: before.size, operations };
  if (rolledBack.kind === 'refused') {
    const fates = fatesNamedIn(rolledBack.reasons.join(), story);
    return { ...told, refused: [...rolledBack.reasons, ...fates] };
  }
  const restored = await read();
  mustBeNone('not as before', [...differencesOf(before, restored), ...strayOwners(restored)]);
  const next = drawNext(story);
  await applyNext(story, next, sender);
  mustBeNone('the next version', unmoved(story, next, restored, await read()));
  return { ...told, refused: [] };
}

function kindName({ apiVersion, kind }: (typeof kinds)[number]): string {
  return `${apiVersion}/${kind}`;
}

function mustBeNone(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${what}: ${problems.join('\n  ')}`);
}

/** The volume controller writes into a claim until then. */
async function claimsBound(namespace: string): Promise<void> {
  const admin = lab.cluster(cluster).as('admin');
  await pollUntil(
    'claims to be bound',
    () => admin.list(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`),
    (claims) => claims.every(({ status }) => JSON.stringify(status).includes('"Bound"')),
  );
}

test('whatever a deploy did, a rollback leaves every object and its owners as before, and teams go on', async () => {
  const waiting = [...seeds];
  const told: Told[] = [];
  const failed: string[] = [];
  const work = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      try {
        told.push(await runSeed(seed));
      } catch (error) {
        failed.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
        console.log(`property: ${failed.at(-1)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const sum = (of: (one: Told) => number) => told.reduce((total, one) => total + of(one), 0);
  const refused = told.filter((one) => one.refused.length > 0);
  for (const one of refused) console.log(`property: seed ${one.seed} refused: ${one.refused.join('; ')}`);
  const counts = `${sum((one) => one.objects)} objects, ${sum((one) => one.operations)} operations`;
  console.log(`property: ${told.length} seeds, ${counts}, refused ${refused.length}`);
  expect(failed.join('\n')).toBe('');
  expect(refused.length).toBeLessThanOrEqual(seeds.length / 10);
  // Minutes on idle cores; a machine may be busy.
}, 1_200_000);
