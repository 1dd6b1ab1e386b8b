/** What a request is for: decides which faults can strike it. */
export type Verb = 'read' | 'prove' | 'write' | 'delete' | 'store' | 'journal';

/** One request of a run. The same run makes the same requests, so `nth` finds it again. */
export interface Site {
  readonly step: string;
  /** `-` where no cluster is asked. */
  readonly target: string;
  readonly does: Verb;
  readonly object: string;
  /** Which of the requests that are alike in all of this. */
  readonly nth: number;
}

export interface Fault {
  readonly site: Site;
  readonly kind: FaultKind;
}

interface KindOfFault {
  readonly strikes: readonly Verb[];
  /** Before or after the request has had its effect. */
  readonly when: 'before' | 'after';
  readonly says: string;
}

const writes: readonly Verb[] = ['write', 'delete'];
const clusters: readonly Verb[] = ['read', 'prove', ...writes];
const everything: readonly Verb[] = [...clusters, 'store', 'journal'];

/** Every fault, and what it can strike. */
export const kindsOfFault = {
  refused: { strikes: everything, when: 'before', says: 'HTTP 503, or the store is down: nothing is changed' },
  'answer lost': { strikes: [...writes, 'store', 'journal'], when: 'after', says: 'done, and told as failed' },
  'told failed': { strikes: writes, when: 'after', says: 'done, and answered with HTTP 500' },
  cut: { strikes: writes, when: 'before', says: 'the connection is cut; nothing is changed, and nobody can tell' },
  silent: { strikes: writes, when: 'before', says: 'taken and never answered; nothing is changed' },
  busy: { strikes: clusters, when: 'before', says: 'HTTP 429, once' },
  conflict: { strikes: writes, when: 'before', says: 'HTTP 409, once, although nothing has moved' },
  delayed: { strikes: writes, when: 'before', says: 'no answer; it arrives a little later' },
  late: { strikes: writes, when: 'before', says: 'no answer; it arrives after the outcome' },
  'crash before': { strikes: everything, when: 'before', says: 'the worker dies before the request is sent' },
  'crash after': {
    strikes: [...writes, 'store', 'journal'],
    when: 'after',
    says: 'the worker dies with the answer in its hand',
  },
  stopped: {
    strikes: clusters,
    when: 'before',
    says: 'the worker stands still and goes on beside its successor',
  },
  frozen: { strikes: clusters, when: 'before', says: 'the worker stands still and goes on after the outcome' },
  denied: { strikes: clusters, when: 'before', says: '403, once' },
  forbidden: { strikes: writes, when: 'before', says: '403 for this object, until a person gives the right back' },
  partition: { strikes: clusters, when: 'before', says: 'the cluster is not reached for some seconds' },
  outage: { strikes: clusters, when: 'before', says: 'the cluster is not reached until a person repairs the network' },
  deaf: { strikes: writes, when: 'after', says: 'for some seconds requests arrive and answers do not' },
  touched: { strikes: writes, when: 'before', says: 'a controller moves the version, not the content' },
  edited: { strikes: clusters, when: 'before', says: 'somebody else edits the object' },
  removed: { strikes: clusters, when: 'before', says: 'somebody else deletes the object' },
  cancelled: { strikes: everything, when: 'before', says: 'a person cancels' },
} as const satisfies Readonly<Record<string, KindOfFault>>;

export type FaultKind = keyof typeof kindsOfFault;

/** Every fault that can strike a run, one by one. */
export function faultsAt(sites: readonly Site[], kinds: readonly FaultKind[] = allKinds): readonly Fault[] {
  return sites.flatMap((site) =>
    kinds.filter((kind) => strikes(kind, site.does)).map((kind): Fault => ({ site, kind })),
  );
}

export const allKinds = Object.keys(kindsOfFault) as readonly FaultKind[];

function strikes(kind: FaultKind, verb: Verb): boolean {
  return (kindsOfFault[kind].strikes as readonly Verb[]).includes(verb);
}

export function nameOfSite({ step, target, does, object, nth }: Site): string {
  return `${step} ${target} ${does} ${object} #${nth}`;
}

export function nameOfFault({ site, kind }: Fault): string {
  return `${kind} at ${nameOfSite(site)}`;
}
