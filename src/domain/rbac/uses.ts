export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface Use {
  readonly verbs: readonly Verb[];
  /** For people, as a comment above the rule. */
  readonly why: string;
}

/**
 * What the worker does to objects in a cluster, and the verbs that takes: the one table behind `belay rbac`. A request
 * that the engine learns to send gets its line here.
 */
export const uses = {
  /**
   * `list`: what a selector names, for snapshots and the census; `watch`: the same, while a deploy is guarded; `get`:
   * one object, read back around each write.
   */
  read: { verbs: ['get', 'list', 'watch'], why: 'read and watched' },
  /** Objects known by name are read one by one: a list could not be limited to them. */
  look: { verbs: ['get'], why: 'read' },
  /** `update`: a PUT of the snapshot's content, or two that void one without an answer; `patch`: a second request gives the fields back to who applied them. */
  putBack: { verbs: ['update', 'patch'], why: 'put back, field owners too' },
  /** What the deploy deleted, and what cannot be changed in place; when a rollback is undone, what it had pruned. */
  makeAnew: { verbs: ['create'], why: 'made anew when deleted' },
  /** What the deploy created, and what cannot be changed in place; when a rollback is undone, what it had made. */
  remove: { verbs: ['delete'], why: 'deleted when the deploy created it' },
  /** Flux's own resources name the objects to restore; other tools' records are restored themselves. */
  inventory: { verbs: ['get'], why: 'inventory of the deploy tool' },
  /** Pods and ReplicaSets tell why a workload fails, and whether all of a pruned one is gone. */
  health: { verbs: ['list', 'watch'], why: 'evidence of health' },
  /** Pods that no controller replaces: of a StatefulSet stuck on the failed revision, or updated on delete. */
  unstick: { verbs: ['delete'], why: 'stuck pods are replaced' },
  /** Pods that run with configuration which was put back; budgets are respected. */
  restart: { verbs: ['create'], why: 'pods with stale configuration are replaced' },
  /** Replicas under an autoscaler are its own; every plan must know of all in the namespace. */
  scalers: { verbs: ['list'], why: 'who scales' },
  /** Its uid tells one cluster from another; no snapshot of one is ever written into another. */
  identity: { verbs: ['get'], why: 'tells this cluster from others' },
  /** A policy and its binding, made, put right and deleted. */
  freeze: { verbs: ['get', 'create', 'update', 'delete'], why: 'keeps others from writing while it restores' },
  /** A dry run, which the freeze turns away. */
  probe: { verbs: ['create'], why: 'finds out whether others are kept from writing' },
  /** Its name is another one in each run, so it cannot be limited to names. */
  smokeJob: { verbs: ['get', 'create', 'delete'], why: 'smoke test after a deploy' },
  smokeLog: { verbs: ['get'], why: 'why a smoke test has failed' },
  /** The Lease says who is at work: taken with `create` the first time, with `update` later. No list, no delete. */
  lock: { verbs: ['get', 'create', 'update'], why: 'the lock of the application' },
} as const satisfies Readonly<Record<string, Use>>;
