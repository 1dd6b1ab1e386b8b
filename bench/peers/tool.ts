import type { RunningLab } from '../../test/lab/lab.ts';
import type { Tools } from '../support/tools.ts';
import type { TroubleProxy } from './proxy.ts';

/**
 * What the tool says of its own rollback: `done` (exit code 0; Belay: `restored`), `failed` (any other; Belay: any other
 * outcome, or it waits for a person), or nothing, as it was killed.
 */
export type Said = 'done' | 'failed' | 'nothing';

/** One rollback under way. */
export interface Attempt {
  readonly ended: Promise<Said>;
  /** SIGKILL to whatever sends requests to the clusters; nobody starts it again. */
  kill(): Promise<void>;
}

/** An application in three clusters under a tool's care. */
export interface Deployed {
  /** A bad deploy, in all clusters. */
  deployBadly(): Promise<void>;
  /** As an operator calls it; for a second time as for the first. */
  rollBack(): Attempt;
  /** Nothing of it goes on. */
  end(): Promise<void>;
}

/** Where a trial takes place: its namespace is there in all clusters. */
export interface Site {
  readonly lab: RunningLab;
  readonly proxy: TroubleProxy;
  /** Also the application's label. */
  readonly namespace: string;
  /** Through the proxy. */
  readonly tools: Tools;
}

export interface Tool {
  readonly name: string;
  /** The command, for people. */
  readonly says: string;
  /** v1 in all clusters. */
  install(site: Site): Promise<Deployed>;
  close(): Promise<void>;
}
