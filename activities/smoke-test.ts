import { createHash } from 'node:crypto';
import {
  culpritIn,
  describeFailedJob,
  type JobState,
  keptLines,
  stateOfJob,
  tailOf,
} from '../src/domain/detect/judge-job.ts';
import type { Judgement } from '../src/domain/detect/judge-values.ts';
import { describeRef, refOf, uidOf } from '../src/domain/kubernetes/identity.ts';
import { asText } from '../src/domain/kubernetes/json.ts';
import { isOf, type SmokeTest, smokeJob, smokeJobRef } from '../src/domain/smoke-job.ts';
import type { Cluster, ClusterIdentity, WriteOptions } from '../src/ports/cluster.ts';
import { isPortError, PortError } from '../src/ports/port-error.ts';
import type { SmokeTestActivities, SmokeTestInput, SourceReport, WatchJobInput } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { Evidence } from '../src/schema/verdict.ts';
import { attemptOptions } from './attempt.ts';
import { beating, rest } from './beating.ts';
import type { Dependencies } from './dependencies.ts';
import { via } from './failures.ts';
import { describeChange } from './identify.ts';
import { judgeSilence } from './silence.ts';

/**
 * A Job is made and deleted by short writes, as everything is that changes a cluster: whoever watches it may be
 * cancelled or die at any time, and leaves nothing behind that comes to be later.
 */
export function createSmokeTestActivities({ clusters }: Dependencies): SmokeTestActivities {
  return {
    startJob: async (input) => await startJob(await open(clusters, input), attemptOptions(input.run)),
    watchJob: (input) => beating(async () => await watchJob(await open(clusters, input), input)),
    removeJob: async (input) => {
      const place = await open(clusters, input);
      await via('cluster', () => removeJob(place, attemptOptions(input.run)));
      return { kind: 'gone' };
    },
  };
}

interface Place {
  readonly cluster: Cluster;
  readonly clusterId: string;
  readonly test: SmokeTest;
}

async function open(clusters: Dependencies['clusters'], input: SmokeTestInput): Promise<Place> {
  const { run, target, source, clusterId } = input;
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const cluster = await via('cluster', async () => clusters(target.cluster));
  return { cluster, clusterId, test: { operationId: run.operationId, source, namespace: target.namespace, sha256 } };
}

/** What keeps it from being made is no fault of the deploy; it is asked for again. */
async function startJob(place: Place, options: WriteOptions): Promise<SourceReport> {
  try {
    confirm(place, await place.cluster.identity());
    const job = await findOrMake(place, options);
    return { verdict: 'progressing', evidence: [], cursor: '', job: uidOf(job) };
  } catch (error) {
    if (!isPortError(error)) throw error;
    const evidence = [evidenceOf(place, 'CannotBeStarted', error.message)];
    return { verdict: 'inconclusive', evidence, cursor: '' };
  }
}

function confirm({ cluster, clusterId }: Place, { uid }: ClusterIdentity): void {
  if (uid === clusterId) return;
  throw new PortError('invalid', `cluster ${cluster.name} ${describeChange(clusterId, uid)}`);
}

async function findOrMake({ cluster, test }: Place, options: WriteOptions): Promise<KubeObject> {
  const ref = smokeJobRef(test);
  const job = (await cluster.get(ref)) ?? (await cluster.create(smokeJob(test), options));
  if (isOf(test, job)) return job;
  throw new PortError('conflict', `${describeRef(ref)} is there already and not of this guard`);
}

const lookEvery = 1000;

async function watchJob(place: Place, { uid, known }: WatchJobInput): Promise<SourceReport> {
  const { name } = place.test.source;
  let answeredAt = performance.now();
  for (;;) {
    const looked = await look(place, uid).then(
      (seen) => {
        answeredAt = performance.now();
        return seen;
      },
      (error: unknown) => judgeSilence(error, { name, reason: 'Unreachable', lasted: performance.now() - answeredAt }),
    );
    if (looked && looked.verdict !== known) return { ...looked, cursor: '' };
    await rest(lookEvery);
  }
}

type Looked = Judgement & Pick<SourceReport, 'log'>;

async function look(place: Place, uid: string): Promise<Looked> {
  const { cluster, test } = place;
  const [identity, found] = await Promise.all([cluster.identity(), cluster.get(smokeJobRef(test))]);
  confirm(place, identity);
  const job = found && uidOf(found) === uid ? found : undefined;
  const age = Date.parse(identity.serverTime) - Date.parse(asText(job?.metadata.creationTimestamp) ?? '');
  return await judge(place, uid, stateOfJob(job, { age, timeout: test.source.timeout }));
}

async function judge(place: Place, uid: string, state: JobState): Promise<Looked> {
  switch (state.kind) {
    case 'running':
      return { verdict: 'progressing', evidence: [] };
    case 'complete':
      return { verdict: 'healthy', evidence: [] };
    case 'unknown':
      return { verdict: 'inconclusive', evidence: [evidenceOf(place, state.reason, state.message)] };
    case 'failed':
      return await failure(place, uid, state);
  }
}

function evidenceOf({ test }: Place, reason: string, message: string): Evidence {
  return { object: test.source.name, reason, message };
}

/** That it has failed is told even where nobody can say why. */
async function failure(place: Place, uid: string, { reason, message }: Extract<JobState, { reason: string }>) {
  const culprit = culpritIn(await podsOf(place, uid));
  const printed = culprit && (await place.cluster.logTail(refOf(culprit.pod), culprit.container, keptLines));
  const log = tailOf(printed);
  const evidence = [evidenceOf(place, reason, describeFailedJob(message, culprit, log))];
  return { verdict: 'failing', evidence, ...(log === undefined ? {} : { log }) } as const;
}

async function podsOf({ cluster, test: { namespace } }: Place, uid: string): Promise<readonly KubeObject[]> {
  try {
    const type = (await cluster.discover()).find(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Pod');
    if (!type) return [];
    return (await cluster.list({ type, namespace, selector: `batch.kubernetes.io/controller-uid=${uid}` })).objects;
  } catch (error) {
    if (isPortError(error)) return [];
    throw error;
  }
}

async function removeJob({ cluster, test }: Place, options: WriteOptions): Promise<void> {
  const job = await cluster.get(smokeJobRef(test));
  if (job && isOf(test, job)) await cluster.remove(refOf(job), { uid: uidOf(job) }, options);
}
