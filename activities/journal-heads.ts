import { fenceOf } from '../src/domain/kubernetes/identity.ts';
import { holderIn, withHead } from '../src/domain/lease.ts';
import type { RecordInput } from '../src/schema/activities.ts';
import type { JournalHead } from '../src/schema/outcome.ts';
import type { Dependencies } from './dependencies.ts';
import { holderOf, leaseOf } from './leases.ts';

/** One Lease, and what is to be on it. */
interface Keeping {
  readonly deps: Dependencies;
  readonly run: RecordInput['run'];
  readonly cluster: string;
  readonly lockNamespace: string;
  readonly holder: string;
  latest: JournalHead;
}

/**
 * Keeps the journal's head on the Leases that a run holds, so that records which vanish are missed. A record does not
 * wait for that: only the latest head is written, by one request at a time, and what fails is made good by the next one,
 * at the latest when the Lease is given back (an outcome is, right away). Clusters with workers of their own are left to these.
 */
export function createHeadKeeper(deps: Dependencies): (input: RecordInput, head: JournalHead) => void {
  const open = new Map<string, Keeping>();
  const keep = (key: string, wanted: Keeping) => {
    const running = open.get(key);
    if (running) {
      running.latest = wanted.latest;
      return;
    }
    open.set(key, wanted);
    void writeLatest(wanted).finally(() => open.delete(key));
  };
  return ({ run, event, leases = [] }, head) => {
    if (event === 'outcome') return;
    const holder = holderOf(deps, run);
    for (const { cluster, lockNamespace } of leases) {
      if (deps.settings[cluster]?.taskQueue !== undefined) continue;
      keep(`${holder} ${cluster}`, { deps, run, cluster, lockNamespace, holder, latest: head });
    }
  };
}

async function writeLatest(keeping: Keeping): Promise<void> {
  for (let written: JournalHead | null = null; written !== keeping.latest; ) {
    const head: JournalHead = keeping.latest;
    if (!(await write(keeping, head).catch(() => false))) return;
    written = head;
  }
}

async function write(
  { deps, run, cluster: name, lockNamespace, holder }: Keeping,
  head: JournalHead,
): Promise<boolean> {
  const cluster = deps.clusters(name);
  const lease = await cluster.get(leaseOf(run, lockNamespace));
  if (!lease || holderIn(lease) !== holder) return false;
  const options = { mode: 'write', fieldManager: `belay:${run.operationId}` } as const;
  await cluster.replace(withHead(lease, head), fenceOf(lease), options);
  return true;
}
