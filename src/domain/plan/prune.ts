import type { Consent } from '../../schema/consent.ts';
import type { KubeObject } from '../../schema/json.ts';
import type { PlanVerdict } from '../../schema/plan.ts';
import type { Part } from '../../schema/stored.ts';
import { typesReadIn } from '../census.ts';
import { isKept, isTerminating, refKey, refOf, uidOf } from '../kubernetes/identity.ts';
import { asList, asText, at } from '../kubernetes/json.ts';
import { creatorOf, isController, isWithin, ownersOf, wholeSecond } from '../kubernetes/ownership.ts';
import { isAllowed, needsConsent } from './consent.ts';
import { holdsData, isStorage } from './data.ts';
import { describeGoing } from './going.ts';

export interface Judgement {
  readonly verdict: PlanVerdict;
  readonly reason: string;
}

export interface PruneQuestion {
  /** In scope now, and not in the baseline. */
  readonly live: KubeObject;
  /** The part taken right before this deploy. */
  readonly before: Part;
  /** `refKey`s of what the deploy's manifests name. */
  readonly named: ReadonlySet<string>;
  readonly window: { readonly start: string; readonly end: string };
  readonly consent: readonly Consent[];
}

/**
 * Prune needs positive evidence that the object did not exist before this deploy: its uid is not in a census that
 * could read its type, and the deploy made it. Without evidence it is left, and said so.
 */
export function judgePrune(question: PruneQuestion): Judgement {
  const { live, before, consent } = question;
  if (isTerminating(live) && isStorage(live)) return { verdict: 'refuse', reason: describeGoing(live) };
  const kept = isKept(live);
  if (kept) return { verdict: 'leave', reason: `it carries the keep marker ${kept}` };
  if (holdsData(live) && !isAllowed(consent, 'delete', refOf(live))) {
    if (isOlder(live, question.window)) return { verdict: 'leave', reason: 'it existed before this deploy began' };
    return { verdict: 'leave', reason: needsConsent('deleting this kind may take data with it', 'delete') };
  }
  if (before.members.some((member) => member.uid === uidOf(live))) {
    return { verdict: 'leave', reason: 'it existed before this deploy began, and the baseline is older' };
  }
  return judgeByCensus(question);
}

function judgeByCensus({ live, before, named, window, consent }: PruneQuestion): Judgement {
  const { census } = before;
  const type = `${live.apiVersion}/${live.kind}`;
  const key = refKey(refOf(live));
  const wasAbsent = before.absences.some((ref) => refKey(ref) === key);
  if (!census || !(wasAbsent || typesReadIn(before, refOf(live).namespace).includes(type)))
    return { verdict: 'leave', reason: 'its kind could not be read before the deploy: no evidence that it is new' };
  if (census.uids.includes(uidOf(live))) {
    return { verdict: 'refuse', reason: 'existing object was adopted, its former content is unknown' };
  }
  const noEvidence = named.has(key) ? null : whyNotTheDeploys(live, window);
  if (noEvidence) return { verdict: 'leave', reason: noEvidence };
  const stuck = deployersFinalizers(live);
  if (stuck.length > 0 && !isAllowed(consent, 'finalizers', refOf(live))) {
    const reason = `the deploy gave it ${stuck.join(', ')}: deleting it may never end`;
    return { verdict: 'refuse', reason: needsConsent(reason, 'finalizers') };
  }
  return { verdict: 'prune', reason: 'created by this deploy' };
}

/** Put there at creation, in nobody's name, and taken off by its controllers: `kubernetes.io/pvc-protection`. */
const controlPlanes = /^([a-z0-9.-]+\.)?(kubernetes|k8s)\.io(\/|$)/;

/** A finalizer that a controller put there is its own to take off; one from a manifest may have nobody behind it. */
export function deployersFinalizers(live: KubeObject): readonly string[] {
  const creator = creatorOf(live)?.manager;
  return asList(at(live, 'metadata', 'finalizers')).flatMap((name, index) => {
    const owners = ownersOf(live, `/metadata/finalizers/${index}`);
    const isCreators = owners.length === 0 || owners.some(({ manager }) => manager === creator);
    return isCreators && typeof name === 'string' && !controlPlanes.test(name) ? [name] : [];
  });
}

/** The claims of a StatefulSet hold data that no deploy put there; what else a controller made is its own to remove. */
function whyNotTheDeploys(live: KubeObject, window: PruneQuestion['window']): string | null {
  const creator = creatorOf(live);
  if (creator && isController(creator)) return `${creator.manager} created it, not the deploy`;
  return creator && isWithin(creator, window) ? null : 'no evidence that this deploy created it';
}

/** In scope only since the deploy: the definition of a kind that it used for the first time. */
function isOlder(live: KubeObject, window: PruneQuestion['window']): boolean {
  return wholeSecond(asText(at(live, 'metadata', 'creationTimestamp')) ?? '') < wholeSecond(window.start);
}
