import { type Fault, type FaultKind, nameOfSite, type Site } from './fault.ts';
import type { Trial } from './trial.ts';

/** What a run has met so far. */
export interface Meetings {
  readonly trial: Trial;
  /** Every request, in the order of sending. */
  readonly sites: Site[];
  /** How often each kind of request was made. */
  readonly seen: Map<string, number>;
  readonly fired: Set<Fault>;
}

export function noMeetings(trial: Trial): Meetings {
  return { trial, sites: [], seen: new Map(), fired: new Set() };
}

/** Notes a request that is about to be sent, and says which fault is there for it. */
export function meet(
  { trial, sites, seen, fired }: Meetings,
  about: Omit<Site, 'nth'>,
): { readonly site: Site; readonly kind: FaultKind | undefined } {
  const { step, target, does, object } = about;
  const name = `${step} ${target} ${does} ${object}`;
  const nth = (seen.get(name) ?? 0) + 1;
  seen.set(name, nth);
  const site = { step, target, does, object, nth };
  sites.push(site);
  const fault = trial.faults.find((one) => !fired.has(one) && nameOfSite(one.site) === nameOfSite(site));
  if (fault) fired.add(fault);
  return { site, kind: fault?.kind };
}
