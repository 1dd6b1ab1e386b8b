import { afterAll, beforeAll, describe, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import type { JsonObject } from '../../src/sandbox/index.ts';
import type { Activities } from '../../src/schema/activities.ts';
import { connectDependencies } from '../support/dependencies.ts';

import { useLab } from '../support/lab.ts';
import { pollUntil } from '../support/poll.ts';
import { type Kind, kindsIn, widgetDefinition } from '../support/property/kinds.ts';
import { withSettings } from '../support/property/knobs.ts';
import { moreKinds } from '../support/property/more-kinds.ts';
import { openEngine } from '../support/property/rollback.ts';
import { differencesOf, type State } from '../support/property/state.ts';
import { uniqueName } from '../support/temporal.ts';

const cluster = 'eu';
const lab = useLab();
const group = `${uniqueName('kinds')}.example.com`;
const closing: (() => Promise<unknown>)[] = [];
let activities: Activities;

/** What is not put back, and why: everything else is equal, and owned as before. */
const exceptions: Readonly<Record<string, string>> = {
  Job: 'left: restoring a Job could run it again',
};

beforeAll(async () => {
  await lab.grant(lab.engine);
  const entry = { name: cluster, kubeconfig: lab.kubeconfig(lab.engine), context: cluster };
  activities = createActivities(await connectDependencies([entry], 'nowhere:7233', closing));
  const admin = lab.cluster(cluster).as('admin');
  const definition = await admin.create(widgetDefinition(group));
  closing.push(async () => admin.remove(await admin.pathOf(definition)));
  await pollUntil('widgets to be served', () => admin.read(`/apis/${group}/v1/widgets`), Boolean);
});

afterAll(async () => {
  for (const close of closing) await close();
});

/** Of the fields that may be left out, every other one is there before; the others come with the deploy. */
function manifestOf(kind: Kind, namespace: string, version: 'before' | 'failed'): JsonObject {
  const labels = { app: namespace };
  const metadata = kind.isClusterWide ? { name: namespace, labels } : { name: 'one', namespace, labels };
  const skeleton = {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata,
    ...kind.body({ name: 'one', app: namespace, group }),
  };
  const settings = kind.knobs.map(({ values, optional, later, fixed }, index) => {
    if (later || (optional && index % 2 === (version === 'before' ? 1 : 0))) return undefined;
    return version === 'before' || fixed ? values[0] : values.at(-1);
  });
  return withSettings(skeleton, kind.knobs, settings);
}

describe.concurrent('after an apply that changed, added and removed fields, equal and owned as before is', () => {
  for (const kind of [...kindsIn(group), ...moreKinds]) {
    test(`a ${kind.kind}${exceptions[kind.kind] ? `, except: ${exceptions[kind.kind]}` : ''}`, async ({ expect }) => {
      const admin = lab.cluster(cluster).as('admin');
      const namespace = uniqueName('kind');
      await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      closing.push(() => admin.remove(`/api/v1/namespaces/${namespace}`));
      const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
      await pollUntil('the default service account', () => admin.read(account), Boolean);
      const path = await admin.pathOf(await admin.apply(manifestOf(kind, namespace, 'before'), { manager: 'team' }));
      if (kind.isClusterWide) closing.push(() => admin.remove(path));
      const type = { apiVersion: kind.apiVersion, kind: kind.kind };
      const ref = kind.isClusterWide ? { ...type, name: namespace } : { ...type, namespace, name: 'one' };
      const scope = { refs: [ref], closure: false };
      // A claim is written to by the volume controller until it is bound.
      const isSettled = (live: JsonObject) =>
        kind.kind !== 'PersistentVolumeClaim' || JSON.stringify(live.status).includes('"Bound"');
      await pollUntil(`${path} to be settled`, () => admin.get(path), isSettled);
      const stateNow = async (): Promise<State> => new Map([[kind.kind, await admin.get(path)]]);
      const engine = await openEngine(activities, namespace, {
        target: { cluster, namespace, scope },
        consent: [{ allow: 'recreate' }],
      });
      const baseline = await engine.baseline();
      const before = await stateNow();
      await admin.apply(manifestOf(kind, namespace, 'failed'), { manager: 'team', force: true });
      expect(differencesOf(before, await stateNow())).not.toEqual([]);
      const rolledBack = await engine.rollBack(baseline);
      if (exceptions[kind.kind] !== undefined) {
        expect(rolledBack).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining('left:')] });
        return;
      }
      expect(rolledBack).toMatchObject({ kind: 'restored' });
      expect(differencesOf(before, await stateNow())).toEqual([]);
    });
  }
});

test('that is more than twenty kinds', ({ expect }) => {
  const restored = [...kindsIn(group), ...moreKinds].filter(({ kind }) => exceptions[kind] === undefined);
  expect(restored.length).toBeGreaterThanOrEqual(20);
});
