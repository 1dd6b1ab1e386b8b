import { fenceOf } from '../src/domain/kubernetes/identity.ts';
import { breakOn, epochOf, headOn, holderIn, newLease, released, taken } from '../src/domain/lease.ts';
import { holderStates } from '../src/domain/lock-holder.ts';
import type { Cluster, WriteOptions } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { LockActivities, LockInput } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { JournalHead } from '../src/schema/outcome.ts';
import { attemptOptions } from './attempt.ts';
import { beating } from './beating.ts';
import type { Dependencies } from './dependencies.ts';
import { fail, via } from './failures.ts';
import { identify } from './identify.ts';
import { holderOf, leaseOf } from './leases.ts';
import { journalBreak } from './lock-journal.ts';
import { findTerminatedRuns } from './terminated-runs.ts';

/**
 * One permanent Lease per application and cluster. It is no fence (that is uid and resourceVersion of every write) but
 * says to everybody, Temporal or not, who is at work. No renewal and no expiry: a lock is taken over only from a run
 * that the same Temporal has seen to its end, and broken by a person otherwise.
 */
export function createLockActivities(deps: Dependencies): LockActivities {
  return {
    identifyCluster: ({ cluster: name }) =>
      beating(async () => {
        const cluster = await via('cluster', async () => deps.clusters(name));
        return { cluster: name, clusterId: (await identify(cluster, null)).uid };
      }),
    acquireLock: async (input) => {
      const options = attemptOptions(input.run);
      const cluster = await via('cluster', async () => deps.clusters(input.cluster));
      const { uid: clusterId } = await identify(cluster, null);
      const { lease, takenFrom } = await acquire(deps, cluster, { ...input, options });
      return {
        cluster: input.cluster,
        lockNamespace: input.lockNamespace,
        lease: nameOf(input),
        epoch: epochOf(lease),
        clusterId,
        journalHead: headOn(lease),
        ...(takenFrom === undefined ? {} : { takenFrom }),
      };
    },
    releaseLock: async (input) => {
      const options = attemptOptions(input.run);
      const cluster = await via('cluster', async () => deps.clusters(input.cluster));
      const held = { ...input, options, holder: holderOf(deps, input.run) };
      return { released: await via('cluster', () => release(cluster, held)) };
    },
    findTerminatedRuns: () => beating(() => findTerminatedRuns(deps)),
  };
}

interface Acquired {
  readonly lease: KubeObject;
  /** The holder that could not give it back. */
  readonly takenFrom?: string;
}

/** What its writes carry: nothing is sent that could outlive the attempt. */
type Attempt = LockInput & { readonly options: WriteOptions };

async function acquire(deps: Dependencies, cluster: Cluster, input: Attempt): Promise<Acquired> {
  const holder = holderOf(deps, input.run);
  const lease = await via('cluster', () => cluster.get(leaseOf(input.run, input.lockNamespace)));
  if (!lease) return { lease: await create(cluster, input, holder) };
  const other = holderIn(lease);
  // Ours from an attempt whose answer got lost.
  if (other === holder) return { lease };
  if (other) await rejectUnlessClosed(deps, input, other);
  await journalBreak(deps, input.run, input.cluster, breakOn(lease));
  const mine = await via('cluster', () => cluster.replace(taken(lease, holder), fenceOf(lease), input.options));
  return other ? { lease: mine, takenFrom: other } : { lease: mine };
}

async function create(cluster: Cluster, { run, lockNamespace, options }: Attempt, holder: string): Promise<KubeObject> {
  return await via('cluster', () => cluster.create(newLease(leaseOf(run, lockNamespace), holder), options));
}

/** The journal's head may be written to it at the same time. */
const mostConflicts = 3;

async function release(
  cluster: Cluster,
  {
    run,
    lockNamespace,
    journalHead,
    options,
    holder,
  }: Attempt & {
    readonly journalHead: JournalHead | null;
    readonly holder: string;
  },
): Promise<boolean> {
  for (let conflicts = 0; ; conflicts++) {
    const lease = await cluster.get(leaseOf(run, lockNamespace));
    if (!lease || holderIn(lease) !== holder) return false;
    try {
      await cluster.replace(released(lease, journalHead), fenceOf(lease), options);
      return true;
    } catch (error) {
      if (!isPortError(error) || error.kind !== 'conflict' || conflicts === mostConflicts) throw error;
    }
  }
}

/** Nobody else's word counts: an open run writes on, whoever holds its Lease. */
async function rejectUnlessClosed(deps: Dependencies, input: LockInput, holder: string): Promise<void> {
  const state = await via('temporal', () => deps.runs.holderState(holder));
  if (state === 'closed') return;
  const { application, environment } = input.run;
  const place = `--cluster ${input.cluster} --namespace ${input.lockNamespace}`;
  const command = `belay lock break ${environment}/${application} ${place} --by <you> --reason <why>`;
  const fix = state === 'open' ? 'end that run first' : `make sure that it is over, then: ${command}`;
  throw fail(
    'LockHeld',
    `cluster ${input.cluster}: Lease ${nameOf(input)} is held by ${holder}, ${holderStates[state]}; ${fix}`,
  );
}

function nameOf(input: LockInput): string {
  return `${input.lockNamespace}/${leaseOf(input.run, input.lockNamespace).name}`;
}
