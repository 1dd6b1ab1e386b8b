/** What watching a target says; `inconclusive` is an answer of its own: no data is not bad and not good. */
export type Verdict = 'progressing' | 'healthy' | 'failing' | 'inconclusive';

/** One reason behind a verdict. Never anything from a Secret. */
export interface Evidence {
  /** Short name for people, `Deployment/checkout`. */
  readonly object: string;
  /** One word, such as `ImagePullBackOff`. */
  readonly reason: string;
  readonly message: string;
}
