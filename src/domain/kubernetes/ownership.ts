import type { Json, KubeObject } from '../../schema/json.ts';
import { holdOf } from './field-set.ts';
import { type Ignore, withoutIgnoredFields } from './ignore.ts';
import { asList, asText, at, canonicalJson } from './json.ts';

export interface FieldOwner {
  readonly manager: string;
  readonly operation: string;
  readonly subresource: string | null;
  /** ISO 8601 with whole seconds, when this owner last took a field; older writes of it are no longer known. */
  readonly time: string | null;
}

/** Equal Apply entries: the team's next unforced apply meets the same owners as before. Times do not count. */
export function sameOwnership(snapshot: KubeObject, live: KubeObject, ignore: Ignore = []): boolean {
  return applied(snapshot, ignore) === applied(live, ignore);
}

function applied(object: KubeObject, ignore: Ignore): string {
  const entries = managedFields(object).filter((entry) => at(entry, 'operation') === 'Apply' && !staysLive(entry));
  return entries
    .flatMap((entry) => {
      const fields = withoutIgnoredFields(at(entry, 'fieldsV1'), object, ignore);
      return fields === undefined ? [] : [identity(entry, fields)];
    })
    .sort()
    .join('\n');
}

function identity(entry: Json, fields: Json): string {
  const parts = ['manager', 'apiVersion', 'subresource'].map((key) => at(entry, key) ?? null);
  return canonicalJson([...parts, fields]);
}

/** Written by controllers and autoscalers all the time, so never put back. */
function staysLive(entry: Json): boolean {
  const subresource = at(entry, 'subresource');
  return subresource === 'status' || subresource === 'scale';
}

/**
 * The `managedFields` to put back after a PUT, which gives every field it changes to the writer; `undefined` when
 * the Apply entries are the snapshot's already. An Apply entry that only the failed deploy added goes, too. Where a team
 * applies, `writer` must own nothing either: a field that nobody had owned would be refused to the next apply.
 */
export function ownershipToPutBack(
  snapshot: KubeObject,
  written: KubeObject,
  { ignore = [], writer }: { readonly ignore?: Ignore; readonly writer: string },
): Json | undefined {
  const isOwner = isApplied(snapshot) && managedFields(written).some((entry) => at(entry, 'manager') === writer);
  if (!isOwner && sameOwnership(snapshot, written, ignore)) return undefined;
  const own = managedFields(snapshot).filter((entry) => !staysLive(entry));
  return [...own, ...managedFields(written).filter(staysLive)];
}

function isApplied(object: KubeObject): boolean {
  return managedFields(object).some((entry) => at(entry, 'operation') === 'Apply' && !staysLive(entry));
}

/**
 * Whether ownership was put back on an object made anew: its entries are older than itself, which no ordinary write
 * brings about, and the maker's own entry is gone.
 */
export function isPutBackBefore(live: KubeObject): boolean {
  const made = Date.parse(asText(live.metadata.creationTimestamp) ?? '');
  return managedFields(live)
    .map(toOwner)
    .some(({ operation, time }) => operation === 'Apply' && time !== null && Date.parse(time) < made);
}

/** Who owns the field: by name where anyone does, else whoever owns the atomic list or map around it. */
export function ownersOf(object: KubeObject, pointer: string): readonly FieldOwner[] {
  const holds = managedFields(object).map((entry) => ({
    entry,
    hold: holdOf(at(entry, 'fieldsV1'), object, pointer),
  }));
  const exact = holds.filter(({ hold }) => hold === 'exact');
  const found = exact.length > 0 ? exact : holds.filter(({ hold }) => hold === 'whole');
  return found.map(({ entry }) => toOwner(entry));
}

/** Everybody who owns any field of it. */
export function managersOf(object: KubeObject): readonly string[] {
  return managedFields(object).map((entry) => toOwner(entry).manager);
}

/** Whose write of content is the newest, of several the last in the list; a status is nobody's change of the object. */
export function latestWriter(object: KubeObject): FieldOwner | undefined {
  const owners = managedFields(object).map(toOwner);
  const writers = owners.filter(({ subresource }) => subresource !== 'status');
  return (writers.length > 0 ? writers : owners).reduce<FieldOwner | undefined>(
    (best, owner) => (best && timeOf(owner) < timeOf(best) ? best : owner),
    undefined,
  );
}

/** The first to have written it, status apart; of several in one second rather not a controller, which only reacts. */
export function creatorOf(object: KubeObject): FieldOwner | undefined {
  const owners = managedFields(object)
    .filter((entry) => !staysLive(entry))
    .map(toOwner);
  const first = Math.min(...owners.map(timeOf));
  const creators = owners.filter((owner) => timeOf(owner) === first);
  return creators.find((owner) => !isController(owner)) ?? creators[0];
}

const controlPlane: ReadonlySet<string> = new Set([
  'kube-apiserver',
  'kube-aggregator',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'cloud-controller-manager',
  // Distributions that are one binary write under its name.
  'k3s',
  'k0s',
  'rke2',
  'microshift',
]);

/** Part of the control plane, or a writer of status: nobody deploys through status. */
export function isController(owner: FieldOwner): boolean {
  if (owner.subresource === 'status') return true;
  return controlPlane.has(owner.manager) || owner.manager.endsWith('-cloud-controller-manager');
}

export interface ForeignOwner {
  readonly owner: FieldOwner;
  readonly pointer: string;
}

/**
 * Owners of what a plan would change that cannot be this deploy: no controller, none of its managers, and not within
 * its window. `pointers` are positions in `live` (`pointersInLive`); a field that live lacks has no owner to ask.
 */
export function foreignOwners(input: {
  readonly live: KubeObject;
  readonly pointers: readonly string[];
  readonly window: { readonly start: string; readonly end: string };
  readonly deployers: readonly string[];
}): readonly ForeignOwner[] {
  const { live, pointers, window, deployers } = input;
  const isKnown = (owner: FieldOwner, pointer: string) =>
    isController(owner) ||
    isUndated(owner, live, pointer) ||
    deployers.includes(owner.manager) ||
    isWithin(withTime(owner, live, pointer), window);
  return pointers.flatMap((pointer) =>
    ownersOf(live, pointer)
      .filter((owner) => !isKnown(owner, pointer))
      .map((owner) => ({ owner, pointer })),
  );
}

/**
 * Nothing says that it was not the deploy: servers note no time for a scale, nor for an apply of what was there already,
 * which brings the note of what was applied last up to date all the same (1.37).
 */
function isUndated({ subresource, time }: FieldOwner, live: KubeObject, pointer: string): boolean {
  if (subresource === 'scale') return time === null;
  return pointer === lastApplied && appliesOf(live).some((owner) => owner.time === null && owner.manager === 'kubectl');
}

const lastApplied = '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration';

/**
 * The note of what was applied last is as old as the latest apply of the object: `kubectl apply --server-side` writes it
 * as a manager of its own whose entry has no time (1.32 against 1.37), and where a client-side apply has left one the
 * server brings it up to date by itself, in nobody's name.
 */
function withTime(owner: FieldOwner, live: KubeObject, pointer: string): FieldOwner {
  if (pointer !== lastApplied && (owner.manager !== 'kubectl-last-applied' || owner.time !== null)) return owner;
  const times = [owner, ...appliesOf(live)].flatMap(({ time }) => (time === null ? [] : [time])).sort();
  return { ...owner, time: times.at(-1) ?? null };
}

function appliesOf(live: KubeObject): readonly FieldOwner[] {
  return managedFields(live)
    .map(toOwner)
    .filter(({ operation }) => operation === 'Apply');
}

/** A write without a time proves nothing. Servers cut times to their second, so the ends of the window are cut as well. */
export function isWithin(owner: FieldOwner, window: { readonly start: string; readonly end: string }): boolean {
  const written = timeOf(owner);
  return wholeSecond(window.start) <= written && written <= wholeSecond(window.end);
}

function timeOf(owner: FieldOwner): number {
  return owner.time === null ? Number.NEGATIVE_INFINITY : wholeSecond(owner.time);
}

export function wholeSecond(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

function managedFields(object: KubeObject): readonly Json[] {
  return asList(at(object, 'metadata', 'managedFields'));
}

function toOwner(entry: Json): FieldOwner {
  return {
    manager: asText(at(entry, 'manager')) ?? '',
    operation: asText(at(entry, 'operation')) ?? '',
    subresource: asText(at(entry, 'subresource')) || null,
    time: asText(at(entry, 'time')) ?? null,
  };
}
