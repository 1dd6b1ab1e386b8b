import type { JsonObject, KubeObject } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';
import type { JournalHead } from '../schema/outcome.ts';
import { annotationsOf } from './kubernetes/identity.ts';
import { asNumber, asRecord, asText, at } from './kubernetes/json.ts';
import { leaseName } from './lease-name.ts';

const headAnnotation = 'belay.dev/journal-head';
const brokenAnnotation = 'belay.dev/broken';

/** A person took the lock from a run that cannot give it back; kept on the Lease until the journal has it. */
export interface LockBreak {
  readonly holder: string;
  readonly by: string;
  readonly reason: string;
  /** ISO time. */
  readonly at: string;
  /** Of the Lease as it was left. */
  readonly epoch: number;
}

export function leaseRef(
  { environment, application }: { readonly environment: string; readonly application: string },
  namespace: string,
  sha256: (text: string) => string,
): ObjectRef {
  const name = leaseName({ environment, application }, sha256);
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name };
}

/** Empty: nobody. */
export function holderIn(lease: KubeObject): string {
  return asText(at(lease, 'spec', 'holderIdentity')) ?? '';
}

/** One more with every acquisition. */
export function epochOf(lease: KubeObject): number {
  return asNumber(at(lease, 'spec', 'leaseTransitions')) ?? 0;
}

/** Where the journal ended when a run last wrote to it: one that ends before has lost records. */
export function headOn(lease: KubeObject): JournalHead | null {
  const [sequence, digest] = (annotationsOf(lease)[headAnnotation] ?? '').split(' ');
  return digest ? { sequence: Number(sequence), digest } : null;
}

export function breakOn(lease: KubeObject): LockBreak | null {
  const text = annotationsOf(lease)[brokenAnnotation];
  return text === undefined ? null : parseBreak(text);
}

function parseBreak(text: string): LockBreak | null {
  try {
    const { holder, by, reason, at: time, epoch } = JSON.parse(text) as Partial<LockBreak>;
    const isWhole = [holder, by, reason, time].every((part) => typeof part === 'string') && typeof epoch === 'number';
    return isWhole && !Number.isNaN(Date.parse(time ?? ''))
      ? ({ holder, by, reason, at: time, epoch } as LockBreak)
      : null;
  } catch {
    return null;
  }
}

export function newLease(ref: ObjectRef, holder: string): KubeObject {
  return {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: { name: ref.name, namespace: ref.namespace ?? '', labels: { 'app.kubernetes.io/managed-by': 'belay' } },
    spec: { holderIdentity: holder, leaseTransitions: 1 },
  };
}

export function taken(lease: KubeObject, holder: string): KubeObject {
  const { [brokenAnnotation]: _journalled, ...annotations } = annotationsOf(lease);
  return changed(lease, annotations, { holderIdentity: holder, leaseTransitions: epochOf(lease) + 1 });
}

export function released(lease: KubeObject, head: JournalHead | null): KubeObject {
  const last = head ? withHead(lease, head) : lease;
  return changed(last, annotationsOf(last), { holderIdentity: '' });
}

export function broken(
  lease: KubeObject,
  { by, reason, at: time }: Pick<LockBreak, 'by' | 'reason' | 'at'>,
): KubeObject {
  const epoch = epochOf(lease) + 1;
  const note: LockBreak = { holder: holderIn(lease), by, reason, at: time, epoch };
  const annotations = { ...annotationsOf(lease), [brokenAnnotation]: JSON.stringify(note) };
  return changed(lease, annotations, { holderIdentity: '', leaseTransitions: epoch });
}

export function withHead(lease: KubeObject, { sequence, digest }: JournalHead): KubeObject {
  return changed(lease, { ...annotationsOf(lease), [headAnnotation]: `${sequence} ${digest}` }, {});
}

function changed(lease: KubeObject, annotations: Readonly<Record<string, string>>, spec: JsonObject): KubeObject {
  return {
    ...lease,
    metadata: { ...lease.metadata, annotations },
    spec: { ...asRecord(lease.spec), ...spec },
  };
}
