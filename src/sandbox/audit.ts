import { appendFileSync } from 'node:fs';

/** One request that reached the server. */
export interface AuditEntry {
  readonly seq: number;
  readonly cluster: string;
  readonly time: string;
  readonly user: string;
  readonly userAgent: string;
  readonly verb: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  /** The status the server decided on; 0 while the request runs, and for one that never got that far. */
  readonly status: number;
  /** What the client saw. */
  readonly outcome: 'running' | 'answered' | 'dropped' | 'unanswered';
  /** The faults that fired on it. */
  readonly faults: readonly string[];
}

export type AuditStart = Omit<AuditEntry, 'seq' | 'cluster' | 'time' | 'status' | 'outcome' | 'faults'>;
export type AuditEnd = Pick<AuditEntry, 'status' | 'outcome' | 'faults'>;

/** The requests of one cluster, in the order in which they came in. */
export class AuditLog {
  readonly #cluster: string;
  readonly #file: string | undefined;
  readonly #entries: AuditEntry[] = [];

  constructor(cluster: string, file: string | undefined) {
    this.#cluster = cluster;
    this.#file = file;
  }

  /** Returns the function that completes the entry. */
  begin(start: AuditStart, time: Date): (end: AuditEnd) => void {
    const seq = this.#entries.length + 1;
    const entry: AuditEntry = {
      seq,
      cluster: this.#cluster,
      time: time.toISOString(),
      ...start,
      status: 0,
      outcome: 'running',
      faults: [],
    };
    this.#entries.push(entry);
    return (end) => this.#finish({ ...entry, ...end });
  }

  entries(): AuditEntry[] {
    return [...this.#entries];
  }

  #finish(entry: AuditEntry): void {
    this.#entries[entry.seq - 1] = entry;
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }
}
