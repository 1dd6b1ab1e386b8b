import type { KubeObject } from '../../schema/json.ts';
import { asList, asNumber, asText, at } from '../kubernetes/json.ts';
import { quantityOf } from '../kubernetes/quantity.ts';
import { type Change, fieldUnder, kindOf } from './change.ts';

/**
 * A write that succeeds and cannot be undone. `late`: nothing is lost by it, so it goes behind the pivot; `destroys`:
 * data goes with it, so it needs consent; `impossible`: the server could not serve what is stored.
 */
export interface OneWay {
  readonly kind: 'late' | 'destroys' | 'impossible';
  readonly reason: string;
}

type Rule = (change: Change) => OneWay | null;

const behind = (reason: string): OneWay => ({ kind: 'late', reason });
const destroys = (reason: string): OneWay => ({ kind: 'destroys', reason });

const rules: Readonly<Record<string, readonly Rule[]>> = {
  ConfigMap: [seals],
  Secret: [seals],
  PersistentVolumeClaim: [({ from, to }) => (grows(from, to) ? behind('a claim that has grown never shrinks') : null)],
  PersistentVolume: [reclaimsByDeleting],
  'StatefulSet.apps': [shrinksClaims],
  'CronJob.batch': [unsuspends],
  'CustomResourceDefinition.apiextensions.k8s.io': [losesStoredVersion, movesStorage],
};

/** The first reason why this change could not be taken back; `null` when it could. */
export function oneWayChange(change: Change): OneWay | null {
  for (const rule of rules[kindOf(change)] ?? []) {
    const found = rule(change);
    if (found) return found;
  }
  return null;
}

function seals({ from, to }: Change): OneWay | null {
  return at(to, 'immutable') === true && at(from, 'immutable') !== true
    ? behind('setting "immutable" cannot be undone')
    : null;
}

function grows(from: KubeObject, to: KubeObject): boolean {
  const size = (object: KubeObject) =>
    quantityOf(asText(at(object, 'spec', 'resources', 'requests', 'storage')) ?? '') ?? 0;
  return size(to) > size(from);
}

function reclaimsByDeleting({ to, fields }: Change): OneWay | null {
  const changed = fieldUnder(fields, ['/spec/persistentVolumeReclaimPolicy']) !== undefined;
  return changed && at(to, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete'
    ? destroys('with reclaim policy Delete the volume goes with its claim')
    : null;
}

/** The claims of the pods that go are deleted by the controller, at once and for good; the dry run says nothing. */
function shrinksClaims({ from, to }: Change): OneWay | null {
  const replicas = (object: KubeObject) => asNumber(at(object, 'spec', 'replicas')) ?? 1;
  const deletes = [from, to].some(
    (object) => at(object, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled') === 'Delete',
  );
  return deletes && replicas(to) < replicas(from)
    ? destroys('shrinking this StatefulSet deletes its volume claims (whenScaled: Delete)')
    : null;
}

function unsuspends({ from, to }: Change): OneWay | null {
  return at(from, 'spec', 'suspend') === true && at(to, 'spec', 'suspend') !== true
    ? behind('a CronJob that is no longer suspended may start jobs')
    : null;
}

/** Objects are stored in versions that the baseline's definition does not know: they must be migrated first. */
function losesStoredVersion({ from, to }: Change): OneWay | null {
  const known = asList(at(to, 'spec', 'versions')).map((version) => at(version, 'name'));
  const lost = asList(at(from, 'status', 'storedVersions')).find((version) => !known.includes(version));
  if (lost === undefined) return null;
  const reason = `objects are stored as ${String(lost)}, which the baseline does not define: migrate them first`;
  return { kind: 'impossible', reason };
}

function movesStorage({ from, to }: Change): OneWay | null {
  const stored = (object: KubeObject) =>
    at(
      asList(at(object, 'spec', 'versions')).find((version) => at(version, 'storage') === true),
      'name',
    );
  return stored(from) === stored(to) ? null : behind('a definition remembers every version that was ever stored');
}
