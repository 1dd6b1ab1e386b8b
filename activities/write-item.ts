import { sameContent } from '../src/domain/kubernetes/canonical.ts';
import { fenceOf, isTerminating, ownersNamed, uidOf } from '../src/domain/kubernetes/identity.ts';
import { asText, at } from '../src/domain/kubernetes/json.ts';
import { ownershipToPutBack, sameOwnership } from '../src/domain/kubernetes/ownership.ts';
import { asCreated, forCreate, forUpdate, remapOwners, withoutFinalizers } from '../src/domain/kubernetes/writable.ts';
import { hasReplicas, withReplicas } from '../src/domain/plan/autoscaling.ts';
import type { Fence } from '../src/ports/cluster.ts';
import { isPortError, PortError } from '../src/ports/port-error.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { WriteResult } from '../src/schema/plan.ts';
import { writerOf } from './members.ts';
import { awaitServed } from './served.ts';
import { isReached, type OpenBatch, type OpenItem } from './write-batch.ts';

/** Which content an object is to get, and which one it may have until then. */
export interface Goal {
  readonly open: OpenItem;
  readonly to: KubeObject;
  /** The state the plan was made against; `null`: it was not there. */
  readonly from: KubeObject | null;
  /** Version that `from` had when the plan was made. */
  readonly fence: Fence | null;
}

/** Status and controllers move versions without touching content; so often is the fence moved along before we give up. */
const mostTries = 4;

/** Writes the baseline. Safe to run twice: what is already so is not written again, what a newcomer wrote is not overwritten. */
export async function writeItem(batch: OpenBatch, open: OpenItem): Promise<WriteResult> {
  const { baseline, failed, item } = open;
  if (!baseline) return { object: open.name, kind: 'failed', reason: 'its baseline content is missing' };
  const goal = isMadeAnew(open)
    ? { open, to: asCreated(baseline), from: null, fence: null }
    : { open, to: baseline, from: failed, fence: item.fence };
  return await awaitServed(batch, item.ref, await reach(batch, goal));
}

/** Its old self is gone when its turn comes: deleted by the failed deploy, or by a stage before. */
export function isMadeAnew({ item, failed }: OpenItem): boolean {
  return item.verdict === 'recreate' || !failed;
}

/** Sends conditional writes until the object is seen to be as it should, or somebody says a definite no. */
export async function reach(batch: OpenBatch, goal: Goal): Promise<WriteResult> {
  let current = goal;
  let sent: Sent = 'nothing';
  for (let tries = 0; tries < mostTries; tries++) {
    const error = await trySend(batch, current);
    const answered = definiteAnswer(goal.open.name, error, sent);
    if (answered) return answered;
    if (error?.kind === 'unclear') sent = 'something';
    const read = await readBack(batch, current);
    if (read.kind === 'ended') return read.result;
    if (read.kind === 'settled') return settledResult(goal, sent, read.by);
    current = read.goal;
  }
  return { object: goal.open.name, kind: 'unclear', reason: `no definite answer after ${mostTries} tries` };
}

/** Whether any request of ours may have taken effect without our being told. */
type Sent = 'nothing' | 'something';

async function trySend(batch: OpenBatch, goal: Goal): Promise<PortError | null> {
  try {
    await send(batch, goal);
    return null;
  } catch (error) {
    if (isPortError(error)) return error;
    throw error;
  }
}

/** A conflict or no answer says nothing about what is there now; a repeat after a lost answer is a conflict, too. */
function definiteAnswer(object: string, error: PortError | null, sent: Sent): WriteResult | null {
  if (!error) return { object, kind: 'done' };
  const needsReading = error.kind === 'conflict' || error.kind === 'unclear' || error.kind === 'notFound';
  return needsReading ? null : refusalOf(object, error, sent);
}

function settledResult({ open }: Goal, sent: Sent, by: 'us' | 'others'): WriteResult {
  return { object: open.name, kind: sent === 'something' || by === 'us' ? 'done' : 'already' };
}

/** A no is about this request only: one before it may still land. */
function refusalOf(object: string, error: PortError, sent: Sent): WriteResult {
  if (sent === 'something') return { object, kind: 'unclear', reason: error.message };
  return { object, kind: error.kind === 'unavailable' ? 'unreachable' : 'failed', reason: error.message };
}

/** The write and, where an Apply entry lost fields by it, the second call that puts field ownership back. */
async function send({ cluster, options }: OpenBatch, goal: Goal): Promise<void> {
  const { to, from, open, fence } = goal;
  const body = await withOwnersNow(cluster, bodyOf(goal));
  const written = from && fence ? await cluster.replace(body, fence, options) : await cluster.create(body, options);
  const ownership = ownershipToPutBack(to, written, { ignore: open.ignore, writer: options.fieldManager });
  if (ownership !== undefined) await cluster.putOwnership(open.item.ref, ownership, fenceOf(written), options);
}

/** What is sent: the goal, with what is live's to keep and an autoscaler's to begin from. */
export function bodyOf({ to, from, open }: Pick<Goal, 'to' | 'from' | 'open'>): KubeObject {
  const body = from ? withoutFinalizers(forUpdate(to, from, open.ignore), open.item.strip) : forCreate(to);
  return withReplicas(body, open.item.replicas);
}

/** An owner that was made anew has another uid; with the old one the garbage collector takes the object at once. */
async function withOwnersNow(cluster: OpenBatch['cluster'], body: KubeObject): Promise<KubeObject> {
  const owners = ownersNamed(body);
  if (owners.length === 0) return body;
  const found = await Promise.all(owners.map((owner) => cluster.get(owner)));
  const { object, dropped } = remapOwners(body, ({ apiVersion, kind, name }) => {
    const index = owners.findIndex((one) => one.apiVersion === apiVersion && one.kind === kind && one.name === name);
    const owner = found[index];
    return owner && !isTerminating(owner) ? uidOf(owner) : undefined;
  });
  const [gone] = dropped;
  if (gone) throw new PortError('invalid', `its owner ${gone.kind}/${gone.name} does not exist any more`);
  return object;
}

type Read =
  | { readonly kind: 'settled'; readonly by: 'us' | 'others' }
  | { readonly kind: 'again'; readonly goal: Goal }
  | { readonly kind: 'ended'; readonly result: WriteResult };

/** After a conflict or no answer at all only a read can tell what is there now. */
async function readBack(batch: OpenBatch, goal: Goal): Promise<Read> {
  const object = goal.open.name;
  try {
    const live = await batch.cluster.get(goal.open.item.ref);
    if (!live)
      return goal.from
        ? ended({ object, kind: 'newcomer', manager: 'somebody who deleted it' })
        : { kind: 'again', goal };
    return await judgeLive(batch, goal, live);
  } catch (error) {
    if (!isPortError(error)) throw error;
    return ended({ object, kind: 'unclear', reason: error.message });
  }
}

function ended(result: WriteResult): Read {
  return { kind: 'ended', result };
}

async function judgeLive(batch: OpenBatch, goal: Goal, live: KubeObject): Promise<Read> {
  const { to, from, open } = goal;
  if (isTerminating(live)) return ended({ object: open.name, kind: 'newcomer', manager: 'somebody who deletes it' });
  if (isReached(open, to, live) && hasReplicas(live, open.item.replicas))
    return await settleOwnership(batch, goal, live);
  if (from && uidOf(live) === uidOf(from) && sameContent(live, from, open.ignore)) {
    // Replicas and whatever else is live's to keep may have moved: the next body must carry them as they are now.
    return { kind: 'again', goal: { ...goal, from: live, fence: fenceOf(live) } };
  }
  return ended({ object: open.name, kind: 'newcomer', manager: writerOf(live) });
}

/** Content is as it should be; an object of ours that lacks only its ownership gets that too. */
async function settleOwnership(
  { cluster, options }: OpenBatch,
  { to, from, open }: Goal,
  live: KubeObject,
): Promise<Read> {
  const { ignore } = open;
  const ours = isWrittenBy(live, options.fieldManager);
  if (!from && !ours && !sameOwnership(to, live, ignore))
    return ended({ object: open.name, kind: 'newcomer', manager: writerOf(live) });
  const ownership = ownershipToPutBack(to, live, { ignore, writer: options.fieldManager });
  if (ownership !== undefined) await cluster.putOwnership(open.item.ref, ownership, fenceOf(live), options);
  return { kind: 'settled', by: ours ? 'us' : 'others' };
}

export function isWrittenBy(object: KubeObject, manager: string): boolean {
  const entries = at(object, 'metadata', 'managedFields');
  return Array.isArray(entries) && entries.some((entry) => asText(at(entry, 'manager')) === manager);
}
