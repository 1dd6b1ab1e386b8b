import type { Consent } from '../../schema/consent.ts';
import type { KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { Member, Part } from '../../schema/stored.ts';
import type { Ignore } from '../kubernetes/ignore.ts';
import type { Scaler } from './autoscaling.ts';

/** A member with its content; what need not be read is `null`. */
export interface Content {
  readonly member: Member;
  readonly object: KubeObject | null;
}

export interface PlanQuestion {
  readonly baseline: readonly Content[];
  readonly live: readonly Content[];
  readonly before: Part;
  /** What the deploy's manifests name. */
  readonly manifests: readonly ObjectRef[];
  readonly window: { readonly start: string; readonly end: string };
  /** Fields that are neither compared nor put back. */
  readonly ignore: Ignore;
  /** Everything that sets replicas in the namespace now, in scope or not. */
  readonly scalers: readonly Scaler[];
  readonly consent: readonly Consent[];
  /** Edge keys of owners that are to be restored under and do not exist now. */
  readonly missingOwners: ReadonlySet<string>;
  /** What users want restored one after the other. */
  readonly dependsOn: readonly { readonly object: ObjectRef; readonly on: ObjectRef }[];
}
