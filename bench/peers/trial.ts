import { setTimeout as delay } from 'node:timers/promises';
import { numberAt } from '../../src/sandbox/index.ts';
import type { Ending } from '../../test/faults/peers.ts';
import type { RunningLab } from '../../test/lab/lab.ts';
import { pollUntil } from '../../test/support/poll.ts';
import { prepareTools } from '../support/tools.ts';
import { applicationOf } from './application.ts';
import { type Content, contentOf, type Edit, judge } from './judge.ts';
import { type Armed, calm, type Moment, type TroubleProxy } from './proxy.ts';
import type { Deployed, Said, Site, Tool } from './tool.ts';
import type { TroubleKind } from './troubles.ts';

/** Trials of one lane come one after the other. */
export interface Lane {
  readonly lab: RunningLab;
  readonly proxy: TroubleProxy;
  readonly folder: string;
}

export interface Trial {
  readonly namespace: string;
  readonly tool: Tool;
  readonly trouble: TroubleKind | undefined;
  readonly form: 0 | 1;
  readonly moment: Moment;
}

export interface Found {
  readonly said: Said;
  readonly ending: Ending;
}

export interface Verdict {
  /** Of the first attempt: the trouble has struck if there were enough. */
  readonly counts: Armed['counts'];
  readonly first: Found;
  readonly again: Found;
}

/** What was on its way arrives. */
const settles = 1000;

/** One bad deploy rolled back with one thing going wrong, and rolled back again if the tool did not say `done`. */
export async function runTrial(lane: Lane, trial: Trial): Promise<Verdict> {
  const { lab } = lane;
  const { namespace, tool } = trial;
  const site = await openSite(lane, namespace);
  try {
    const deployed = await tool.install(site);
    await available(site, ['web', 'api']);
    const good = await contentOf(lab.clusters, namespace);
    await deployed.deployBadly();
    const bad = await contentOf(lab.clusters, namespace);
    return await rollBackTwice(site, trial, { deployed, good, bad }).finally(() => deployed.end());
  } finally {
    for (const { as } of lab.clusters) await as('admin').request('DELETE', `/api/v1/namespaces/${namespace}`);
  }
}

interface BadDeploy {
  readonly deployed: Deployed;
  readonly good: Content;
  readonly bad: Content;
}

async function rollBackTwice(site: Site, trial: Trial, { deployed, good, bad }: BadDeploy): Promise<Verdict> {
  const { lab, proxy, namespace } = site;
  let edit: Edit | undefined;
  const find = async (said: Said): Promise<Found> => {
    await delay(settles);
    return { said, ending: judge({ good, bad, edit }, await contentOf(lab.clusters, namespace)) };
  };
  const armed = proxy.arm(trial.moment, async (struck) => {
    const edited = (made: Edit) => {
      edit = made;
    };
    const scene = { proxy, attempt, cluster: lab.cluster(struck.cluster), namespace, edited };
    return (await trial.trouble?.strike(scene, struck, trial.form)) ?? calm;
  });
  const attempt = deployed.rollBack();
  const first = await attempt.ended.then(find).finally(() => armed.disarm());
  const { counts } = armed;
  return { counts, first, again: first.said === 'done' ? first : await find(await deployed.rollBack().ended) };
}

async function openSite({ lab, proxy, folder }: Lane, namespace: string): Promise<Site> {
  await Promise.all(
    lab.clusters.map(async ({ as }) => {
      const admin = as('admin');
      await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      // Made by the controllers; until then no pod is admitted.
      const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
      await pollUntil(`the default service account of ${namespace}`, () => admin.read(account), Boolean);
    }),
  );
  const objects = (version: 'v1' | 'v2') => applicationOf(namespace, version);
  const tools = await prepareTools(lab, { folder, namespace, objects, access: proxy.kubeconfig });
  return { lab, proxy, namespace, tools };
}

async function available({ lab, namespace }: Site, names: readonly string[]): Promise<void> {
  const ready = lab.clusters.flatMap((cluster) =>
    names.map((name) => {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
      const isReady = (object = {}) => numberAt(object, 'status', 'availableReplicas') === 2;
      return cluster.as('admin').until(`${name} ready in ${cluster.name}`, path, isReady, 60_000);
    }),
  );
  await Promise.all(ready);
}
