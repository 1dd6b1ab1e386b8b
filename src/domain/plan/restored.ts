import type { KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { PlanItem } from '../../schema/stored.ts';
import { changedPointers, pointersInLive } from '../kubernetes/canonical.ts';
import { isTerminating, refOf } from '../kubernetes/identity.ts';
import { asList, at } from '../kubernetes/json.ts';
import { foreignOwners, sameOwnership } from '../kubernetes/ownership.ts';
import { isPutBack } from '../kubernetes/writable.ts';
import { describeManager } from '../owners/managers.ts';
import { hasReplicas, ignoreFor, replicasFor, type Scaling } from './autoscaling.ts';
import type { Change } from './change.ts';
import { isAllowed, needsConsent } from './consent.ts';
import { holdsData } from './data.ts';
import { describeGoing, finalizersOf } from './going.ts';
import { immutableChange } from './immutable.ts';
import { whyLeft } from './leave.ts';
import { oneWayChange } from './one-way.ts';
import type { PlanQuestion } from './question.ts';

export type Judged = Pick<PlanItem, 'verdict' | 'reason'> & Partial<PlanItem>;

export function unchanged(reason: string): Judged {
  return { verdict: 'noop', reason };
}

/** What becomes of an object of the baseline; `from` is how the failed deploy left it, `null` when it is gone. */
export function judgeRestored(
  question: PlanQuestion,
  scaling: Scaling,
  to: KubeObject,
  from: KubeObject | null,
): Judged {
  const scaled = { replicas: replicasFor(to, from, scaling) };
  if (!from) return { ...scaled, ...judgeGone(question, to) };
  if (isTerminating(from) && holdsData(to)) {
    return refuse(describeGoing(from));
  }
  return { ...scaled, ...judgeChanged(question, scaling, to, from) };
}

function judgeGone({ consent }: PlanQuestion, to: KubeObject): Judged {
  const left = whyLeft(to);
  if (left) return { verdict: 'leave', reason: left };
  if (holdsData(to) && !isAllowed(consent, 'recreate', refOf(to))) {
    return refuse(needsConsent('deleted, and its contents with it: a new one would be empty', 'recreate'));
  }
  return { verdict: 'create', reason: 'deleted by the deploy' };
}

function judgeChanged(question: PlanQuestion, scaling: Scaling, to: KubeObject, from: KubeObject): Judged {
  const ref = refOf(to);
  const replicas = replicasFor(to, from, scaling);
  const ignore = ignoreFor(question.ignore, ref, replicas);
  const extra = extraFinalizers(question, to, from);
  const isScaled = hasReplicas(from, replicas);
  if (isScaled && extra.strip.length === 0 && isPutBack(to, from, ignore) && sameOwnership(to, from, ignore)) {
    return { ...unchanged('equal'), stays: extra.stays };
  }
  const left = whyLeft(to);
  if (left) return { verdict: 'leave', reason: left };
  const fields = changedPointers(from, to, ignore);
  const change = { to, from, fields: isScaled ? fields : [...fields, '/spec/replicas'] };
  const why = { fields: [...change.fields], ...extra };
  const foreign = foreignChange(question, change, ref);
  if (foreign) return { ...refuse(foreign), fields: why.fields };
  return { ...why, ...judgeWrite(question, change, ref) };
}

function refuse(reason: string): Judged {
  return { verdict: 'refuse', reason };
}

/** An ordinary write where one will do; else another way, or none. */
function judgeWrite({ consent }: PlanQuestion, change: Change, ref: ObjectRef): Judged {
  const oneWay = oneWayChange(change);
  if (oneWay?.kind === 'impossible') return refuse(oneWay.reason);
  if (oneWay?.kind === 'destroys' && !isAllowed(consent, 'destroy', ref)) {
    return refuse(needsConsent(oneWay.reason, 'destroy'));
  }
  const immutable = immutableChange(change);
  if (immutable) return judgeImmutable(immutable, isAllowed(consent, 'recreate', ref), change);
  const reason = whyUpdate(change.fields);
  if (oneWay) return { verdict: 'update', reason: `${reason}; ${oneWay.reason}`, timing: 'last' };
  return { verdict: 'update', reason };
}

function judgeImmutable(
  { how, field }: NonNullable<ReturnType<typeof immutableChange>>,
  isConsented: boolean,
  { from }: Change,
): Judged {
  const reason = `${field} cannot be changed in place`;
  if (how === 'never') return refuse(reason);
  if (how === 'early' && asList(at(from, 'metadata', 'finalizers')).length === 0) {
    return { verdict: 'recreate', reason: `${reason}: deleted and created anew`, timing: 'first' };
  }
  if (!isConsented) return refuse(needsConsent(`${reason}, only deleted and created anew`, 'recreate'));
  return { verdict: 'recreate', reason: `${reason}: deleted and created anew behind the pivot`, timing: 'last' };
}

function whyUpdate(fields: readonly string[]): string {
  if (fields.length === 0) return 'field ownership differs';
  const shown = fields.slice(0, 3).join(', ');
  return fields.length > 3
    ? `${shown} and ${fields.length - 3} more differ`
    : `${shown} differ${fields.length === 1 ? 's' : ''}`;
}

function foreignChange(question: PlanQuestion, { to, from }: Change, ref: ObjectRef): string | null {
  if (isAllowed(question.consent, 'foreign', ref)) return null;
  const pointers = pointersInLive(to, from, question.ignore);
  const foreign = foreignOwners({ live: from, pointers, window: question.window, deployers: [] })[0];
  if (!foreign) return null;
  const { manager, time } = foreign.owner;
  const reason = `changed by ${describeManager(manager)} at ${time ?? 'an unknown time'}, outside the deploy (${foreign.pointer})`;
  return needsConsent(reason, 'foreign');
}

/** Finalizers that only live has stay: their controllers still have something to clean up, and will take them off. */
function extraFinalizers(
  { consent }: PlanQuestion,
  to: KubeObject,
  from: KubeObject,
): Pick<PlanItem, 'strip' | 'stays'> {
  const wanted = asList(at(to, 'metadata', 'finalizers'));
  const extra = finalizersOf(from).filter(({ name }) => !wanted.includes(name));
  if (isAllowed(consent, 'finalizers', refOf(to))) return { strip: extra.map(({ name }) => name), stays: [] };
  return { strip: [], stays: extra.map(({ name, manager }) => `finalizer ${name} of ${manager} stays`) };
}
