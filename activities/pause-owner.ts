import { fenceOf, isTerminating, uidOf } from '../src/domain/kubernetes/identity.ts';
import { isPaused, paused, pausedBy, resumed, valueBefore } from '../src/domain/owners/pause.ts';
import type { Cluster, WriteOptions } from '../src/ports/cluster.ts';
import { isPortError, type PortError } from '../src/ports/port-error.ts';
import type { OwnerActivities, OwnerInput } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { PauseReport, ResumeReport } from '../src/schema/owner.ts';
import { attemptOptions } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';
import { fail, via } from './failures.ts';
import { type Place, voidWrites } from './void-writes.ts';

/** Owners write their own status all the time, so a fence is often outrun. */
const mostTries = 6;

export async function pauseOwner(deps: Dependencies, input: OwnerInput): Promise<PauseReport> {
  return await untilDefinite<PauseReport>(deps, input, async ({ live, write, manager }) => {
    if (!live) return { kind: 'failed', reason: 'it was deleted, or made anew' };
    if (isPaused(live)) return { kind: pausedBy(live).includes(manager) ? 'paused' : 'paused by others' };
    if (valueBefore(live) !== input.before) return { kind: 'failed', reason: 'it was changed in between' };
    await write(paused(live));
    return { kind: 'paused' };
  });
}

export async function resumeOwner(
  deps: Dependencies,
  input: Parameters<OwnerActivities['resumeOwner']>[0],
): Promise<ResumeReport> {
  const progress = { isUndone: false, isVoid: !input.unclear };
  return await untilDefinite<ResumeReport>(deps, input, async (attempt) => {
    const { live, write, read } = attempt;
    if (!live) return { kind: 'already' };
    if (isPaused(live)) return await takeBack(live, attempt, input, progress);
    if (progress.isVoid) return { kind: progress.isUndone ? 'resumed' : 'already' };
    await voidWrites(live, { put: write, read });
    progress.isVoid = true;
    return null;
  });
}

/** Asks for another look: what is claimed must have been read back. */
async function takeBack(
  live: KubeObject,
  { write, manager }: Attempt,
  { before }: OwnerInput,
  progress: { isUndone: boolean; isVoid: boolean },
): Promise<ResumeReport | null> {
  const by = pausedBy(live);
  if (!by.includes(manager)) return { kind: 'left', reason: `paused by ${by.join(', ')}` };
  await write(resumed(live, before));
  progress.isUndone = true;
  progress.isVoid = true;
  return null;
}

interface Attempt {
  /** `null`: it is gone, or another one has its name. */
  readonly live: KubeObject | null;
  /** Fenced by the version of what is written. */
  readonly write: Place['put'];
  readonly read: Place['read'];
  readonly manager: string;
}

/** Looks and acts anew after every conflict and lost answer; `null` asks for another look. */
async function untilDefinite<Report extends { readonly kind: string }>(
  deps: Dependencies,
  input: OwnerInput,
  act: (attempt: Attempt) => Promise<Report | null>,
): Promise<Report | Failed> {
  const options = attemptOptions(input.run);
  const cluster = await via('cluster', async () => deps.clusters(input.target.cluster));
  let sent: 'nothing' | 'something' = 'nothing';
  for (let tries = 0; tries < mostTries; tries++) {
    const report = await caught(async () => await act(await look(cluster, input, options)));
    if (!isPortError(report)) {
      if (report) return report;
      continue;
    }
    const failed = definiteFailure(report, sent);
    if (failed) return failed;
    if (report.kind === 'unclear') sent = 'something';
  }
  const name = `${input.owner.kind} ${input.owner.name}`;
  throw fail('ClusterUnreachable', `${name}: no definite answer after ${mostTries} tries`);
}

async function caught<T>(work: () => Promise<T>): Promise<T | PortError> {
  try {
    return await work();
  } catch (error) {
    if (isPortError(error)) return error;
    throw error;
  }
}

interface Failed {
  readonly kind: 'failed';
  readonly reason: string;
}

/** `null`: a look can tell more. After a lost answer a no is about the later write only. */
function definiteFailure(error: PortError, sent: 'nothing' | 'something'): Failed | null {
  if (error.kind === 'conflict' || error.kind === 'unclear') return null;
  if (error.kind === 'unavailable' || sent === 'something') throw fail('ClusterUnreachable', error.message);
  return { kind: 'failed', reason: error.message };
}

async function look(cluster: Cluster, { owner, uid }: OwnerInput, options: WriteOptions): Promise<Attempt> {
  const live = await cluster.get(owner);
  const isSame = live !== undefined && uidOf(live) === uid && !isTerminating(live);
  const write: Attempt['write'] = (object) => cluster.replace(object, fenceOf(object), options);
  return { live: isSame ? live : null, write, read: () => cluster.get(owner), manager: options.fieldManager };
}
