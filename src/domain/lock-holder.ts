import type { HolderState } from '../schema/holder-state.ts';

/** Who holds a Lease: one run, stable over continue-as-new, told apart from another Temporal's. */
export interface LockHolder {
  readonly address: string;
  readonly namespace: string;
  readonly workflowId: string;
  readonly firstRunId: string;
}

export function printHolder({ address, namespace, workflowId, firstRunId }: LockHolder): string {
  return [address, namespace, workflowId, firstRunId].join('/');
}

/** A namespace may hold slashes, a workflow id has exactly one. */
const form = /^([^/]+)\/(.+)\/([^/]+\/[^/]+)\/([^/]+)$/;

/** `null`: not written by Belay. */
export function parseHolder(text: string): LockHolder | null {
  const [, address, namespace, workflowId, firstRunId] = form.exec(text) ?? [];
  if (!address || !namespace || !workflowId || !firstRunId) return null;
  return { address, namespace, workflowId, firstRunId };
}

export const holderStates: Readonly<Record<HolderState, string>> = {
  open: 'a run that is open',
  closed: 'a run that is closed',
  unknown: 'a run that this Temporal does not know (any more)',
  elsewhere: 'a run of another Temporal',
  stranger: 'which is no run of Belay',
};
