import { sameContent } from '../src/domain/kubernetes/canonical.ts';
import { forCreate, forUpdate } from '../src/domain/kubernetes/writable.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { ProofReport } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import { failureOf } from './failures.ts';
import type { OpenBatch, OpenItem } from './write-batch.ts';

type Proof =
  | { readonly kind: 'proven' }
  | { readonly kind: 'moved'; readonly object: string }
  | { readonly kind: 'failed'; readonly object: string; readonly reason: string };

/** Sends every write as a dry run: what the server answers is what the real write would store, and it must be the baseline. */
export async function proveItems(batch: OpenBatch): Promise<ProofReport> {
  const proofs = await Promise.all(batch.items.map((item) => prove(batch, item)));
  const failed = proofs.flatMap((proof) =>
    proof.kind === 'failed' ? [{ object: proof.object, reason: proof.reason }] : [],
  );
  const moved = proofs.flatMap((proof) => (proof.kind === 'moved' ? [proof.object] : []));
  return { target: batch.target, proven: proofs.length - failed.length - moved.length, failed, moved };
}

async function prove(batch: OpenBatch, open: OpenItem): Promise<Proof> {
  const { baseline, name } = open;
  if (!baseline) return { kind: 'failed', object: name, reason: 'its baseline content is missing' };
  try {
    const { expected, answered } = await dryRun(batch, open, baseline);
    if (sameContent(answered, expected, batch.ignore)) return { kind: 'proven' };
    return {
      kind: 'failed',
      object: name,
      reason: 'the server would store something else (a webhook, or a default, changes it)',
    };
  } catch (error) {
    return judge(error, name);
  }
}

async function dryRun({ cluster, options, ignore }: OpenBatch, { item, failed }: OpenItem, baseline: KubeObject) {
  const proving = { mode: 'prove', fieldManager: options.fieldManager } as const;
  if (!failed || !item.fence)
    return { expected: baseline, answered: await cluster.create(forCreate(baseline), proving) };
  const expected = forUpdate(baseline, failed, ignore);
  return { expected, answered: await cluster.replace(expected, item.fence, proving) };
}

/** A newcomer between capture and proof is found by the write's fence, and planned again; it is no verdict on the content. */
function judge(error: unknown, object: string): Proof {
  if (!isPortError(error)) throw error;
  if (error.kind === 'unavailable' || error.kind === 'unclear') throw failureOf('cluster', error);
  if (error.kind === 'conflict') return { kind: 'moved', object };
  return { kind: 'failed', object, reason: error.message };
}
