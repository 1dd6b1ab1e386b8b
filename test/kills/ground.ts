import type { Fault, FaultHandle } from '../../src/sandbox/index.ts';
import type { clusterNames } from '../support/engine.ts';
import type { SmallApp } from '../support/small-app.ts';

export type ClusterName = (typeof clusterNames)[number];

/** The clusters of one lane, and what can go wrong between the engine and them. */
export interface Ground {
  /** The engine's. */
  readonly kubeconfig: string;
  readonly fronts: Readonly<Record<ClusterName, Front>>;
  /** The application in a namespace of its name in every cluster, running. */
  install(name: string): Promise<SmallApp>;
  /** Who holds its Lease in each cluster; empty: nobody. */
  holders(app: SmallApp): Promise<Readonly<Record<string, string>>>;
  /** What the engine has really changed, `<cluster>: <object>` each time; what only moves a version counts apart. */
  writes(app: SmallApp): readonly string[];
  close(): Promise<void>;
}

/** Where a cluster's requests come in. Only the engine's meet its faults. */
export interface Front {
  inject(fault: Fault): FaultHandle;
  /** Stops listening and cuts all connections, until `restore`. */
  refuse(): Promise<void>;
  restore(): Promise<void>;
  /** Shows the certificate of another server, until `restore`. Where connections are not encrypted there is none. */
  changeCertificate?(): Promise<void>;
  /** How often the engine has turned that certificate away. */
  turnedAway?(): number;
}
