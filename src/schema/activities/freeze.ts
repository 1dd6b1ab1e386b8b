import type { RunIdentity } from './about-target.ts';

export interface FreezeInput {
  readonly run: RunIdentity;
  readonly cluster: string;
  /** In which nobody else may write. */
  readonly namespaces: readonly string[];
}

export type FreezeReport =
  /** A write was seen to be turned away. */
  | { readonly kind: 'frozen' }
  /** Nothing of it may be left, but for `thawCluster` to look. */
  | { readonly kind: 'impossible'; readonly reason: string };

export type ThawReport =
  /** A write was seen to pass. */
  { readonly kind: 'thawed' } | { readonly kind: 'failed'; readonly reason: string };

export interface FreezeActivities {
  /** Keeps everybody but Belay and the control plane from writing. Safe to repeat. */
  freezeCluster(input: FreezeInput): Promise<FreezeReport>;
  /** Takes away what any run of this application has frozen. Safe to repeat, and where nothing was frozen. */
  thawCluster(input: FreezeInput): Promise<ThawReport>;
}
