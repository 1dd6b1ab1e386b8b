import { sameContent } from '../src/domain/kubernetes/canonical.ts';
import { asCreated, isPutBack } from '../src/domain/kubernetes/writable.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { ProofReport } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import { rest } from './beating.ts';
import { failureOf } from './failures.ts';
import type { OpenBatch, OpenItem } from './write-batch.ts';
import { bodyOf, isMadeAnew } from './write-item.ts';

type When = 'prepare' | 'stage';

type Proof =
  | { readonly kind: 'proven' }
  | { readonly kind: 'moved'; readonly object: string }
  | { readonly kind: 'deferred'; readonly object: string; readonly on: string }
  | { readonly kind: 'failed'; readonly object: string; readonly reason: string };

/**
 * Sends every write as a dry run: what the server answers is what the real write would store, and it must be the
 * baseline. While something planned stands in the way, a dry run proves nothing: then it is deferred to its own stage.
 */
export async function proveItems(batch: OpenBatch, when: When): Promise<ProofReport> {
  const proofs = await Promise.all(batch.items.map((item) => proveOrDefer(batch, item, when)));
  const of = <Kind extends Proof['kind']>(kind: Kind) =>
    proofs.filter((proof): proof is Extract<Proof, { kind: Kind }> => proof.kind === kind);
  return {
    target: batch.target,
    proven: batch.does === 'write' ? of('proven').length : 0,
    failed: of('failed').map(({ object, reason }) => ({ object, reason })),
    deferred: of('deferred').map(({ object, on }) => ({ object, on })),
    moved: of('moved').map(({ object }) => object),
  };
}

async function proveOrDefer(batch: OpenBatch, open: OpenItem, when: When): Promise<Proof> {
  const { deferredOn } = open.item;
  if (when === 'prepare' && deferredOn && batch.does === 'write') {
    return { kind: 'deferred', object: open.name, on: deferredOn };
  }
  const proof = when === 'stage' ? await proveInTime(batch, open) : await prove(batch, open);
  const [blocker] = batch.plan.blockers;
  if (when === 'prepare' && proof.kind === 'failed' && blocker && batch.does === 'write') {
    return { kind: 'deferred', object: open.name, on: blocker };
  }
  return proof;
}

const mostTries = 10;
const pause = 500;

/** What was deleted or restored right before has to reach every part of the API server first: some cache it for a while. */
async function proveInTime(batch: OpenBatch, open: OpenItem): Promise<Proof> {
  for (let tries = 1; ; tries++) {
    const proof = await prove(batch, open);
    if (proof.kind !== 'failed' || tries === mostTries) return proof;
    await rest(pause);
  }
}

async function prove(batch: OpenBatch, open: OpenItem): Promise<Proof> {
  try {
    return batch.does === 'delete' ? await proveDelete(batch, open) : await proveWrite(batch, open);
  } catch (error) {
    return judge(error, open.name);
  }
}

async function proveDelete({ cluster, options }: OpenBatch, { item, name }: OpenItem): Promise<Proof> {
  const proving = { ...options, mode: 'prove' } as const;
  const found = item.fence ? await cluster.remove(item.ref, item.fence, proving) : undefined;
  return found ? { kind: 'proven' } : { kind: 'moved', object: name };
}

async function proveWrite(batch: OpenBatch, open: OpenItem): Promise<Proof> {
  const { baseline, name } = open;
  if (!baseline) return { kind: 'failed', object: name, reason: 'its baseline content is missing' };
  if (await isSameAfterDryRun(batch, open, baseline)) return { kind: 'proven' };
  const reason = 'the server would store something else (a webhook, or a default, changes it)';
  return { kind: 'failed', object: name, reason };
}

async function isSameAfterDryRun(
  { cluster, options }: OpenBatch,
  open: OpenItem,
  baseline: KubeObject,
): Promise<boolean> {
  const { item, failed, ignore } = open;
  const proving = { mode: 'prove', fieldManager: options.fieldManager } as const;
  if (isMadeAnew(open)) {
    const to = item.verdict === 'recreate' ? underAnotherName(asCreated(baseline)) : asCreated(baseline);
    return sameContent(await cluster.create(bodyOf({ open, to, from: null }), proving), to, ignore);
  }
  if (!failed || !item.fence) return false;
  const body = bodyOf({ open, to: baseline, from: failed });
  const answered = await cluster.replace(body, item.fence, proving);
  return sameContent(answered, body, ignore) && isPutBack(baseline, answered, ignore);
}

/** The old one still has the name; a server checks everything else all the same. */
function underAnotherName(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, name: `${object.metadata.name.slice(0, 50)}-proof` } };
}

/** A newcomer between capture and proof is found by the write's fence, and planned again; it is no verdict on the content. */
function judge(error: unknown, object: string): Proof {
  if (!isPortError(error)) throw error;
  // Asked again it would not answer either, if it is the failed deploy that broke it or brought it.
  if (error.details.reason === 'WebhookFailed') return { kind: 'failed', object, reason: error.message };
  if (error.kind === 'unavailable' || error.kind === 'unclear') throw failureOf('cluster', error);
  if (error.kind === 'conflict') return { kind: 'moved', object };
  return { kind: 'failed', object, reason: error.message };
}
