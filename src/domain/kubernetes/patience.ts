import type { Severity } from './waiting-reasons.ts';

/** When something is judged. Milliseconds of the cluster's clock. */
export interface Moment {
  readonly now: number;
  /** Since when everything that the deploy brings is there; `null` while it may bring more. */
  readonly deployedAt: number | null;
}

/** What may pass gets this long. */
const patience = 60_000;

/** An operator may need some seconds for a Secret, and kubelets look again every ten to fifteen seconds. */
const secondLook = 30_000;

/** Whether a trouble that began at `since` has had all the time it may need to pass. Crashes are counted, not timed. */
export function isDue(severity: Exclude<Severity, 'crash'>, since: number, { now, deployedAt }: Moment): boolean {
  if (severity === 'fatal' || now - since >= patience) return true;
  const isComplete = severity === 'curable' && deployedAt !== null;
  return isComplete && now - Math.max(since, deployedAt) >= secondLook;
}
