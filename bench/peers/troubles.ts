import type { LabCluster } from '../../test/lab/lab.ts';
import type { Edit } from './judge.ts';
import { calm, type Seen, type Trouble, type TroubleProxy } from './proxy.ts';
import type { Attempt } from './tool.ts';

/** Where something goes wrong. */
export interface Scene {
  readonly proxy: TroubleProxy;
  readonly attempt: Attempt;
  /** That of the request at which it strikes. */
  readonly cluster: LabCluster;
  readonly namespace: string;
  /** Told to the judge. */
  edited(edit: Edit): void;
}

/** Something that goes wrong at one request, in two forms that take turns. */
export interface TroubleKind {
  readonly name: string;
  /** For people. */
  readonly says: string;
  strike(scene: Scene, struck: Seen, form: 0 | 1): Promise<Trouble>;
}

const pass = { kind: 'pass' } as const;

/** For the milliseconds of a storm. */
const stormLasts = 4000;

export const troubles: readonly TroubleKind[] = [
  {
    name: 'killed',
    says: 'SIGKILL to what sends the requests; this one is not sent, or done and not answered',
    strike: async ({ attempt }, struck, form) => {
      if (form === 0) await attempt.kill();
      const fate = form === 0 ? ({ kind: 'cut' } as const) : ({ kind: 'lose', after: () => attempt.kill() } as const);
      return (seen) => (seen === struck ? fate : pass);
    },
  },
  {
    name: 'answer lost',
    says: 'this request is done, and the connection dropped instead of an answer',
    strike: async (_scene, struck) => (seen) => (seen === struck ? { kind: 'lose' } : pass),
  },
  {
    name: 'cluster away',
    says: 'the cluster of this request refuses connections from here on',
    strike: async ({ proxy }, struck) => {
      proxy.refuse(struck.cluster);
      return (seen) => (seen.cluster === struck.cluster ? { kind: 'cut' } : pass);
    },
  },
  {
    name: 'right gone',
    says: 'from here on 403 in the cluster of this request, for its kind, to reading or to changing',
    strike: async (_scene, struck) => (seen) =>
      seen.cluster === struck.cluster && seen.right === struck.right ? { kind: 'answer', status: 403 } : pass,
  },
  {
    name: 'busy',
    says: 'the cluster of this request answers 429 with `Retry-After: 1`, or 503 without, for 4 seconds',
    strike: async (_scene, struck, form) => {
      const until = performance.now() + stormLasts;
      const busy = form === 0 ? ({ status: 429, retryAfter: '1' } as const) : ({ status: 503 } as const);
      return (seen) =>
        seen.cluster === struck.cluster && performance.now() < until ? { kind: 'answer', ...busy } : pass;
    },
  },
  {
    name: 'edited',
    says: 'somebody sets a key of a ConfigMap in the cluster of this request: one the rollback changes too, or a new one',
    strike: async ({ cluster, namespace, edited }, struck, form) => {
      const edit = { cluster: struck.cluster, key: form === 0 ? 'mode' : 'hotfix', value: 'by hand' };
      const path = `/api/v1/namespaces/${namespace}/configmaps/settings?fieldManager=kubectl-edit`;
      await cluster.as('admin').patch(path, { data: { [edit.key]: edit.value } });
      edited(edit);
      return calm;
    },
  },
];
