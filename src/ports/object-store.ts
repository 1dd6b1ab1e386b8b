/** Keys are `/`-separated, lower-case, without `.` or `..` parts. Values are written once and never changed. */
export interface ObjectStore {
  /** Names this store for good: a worker that sees another id is looking at another store. */
  id(): Promise<string>;
  /** Durable when it returns. `present` leaves what is there untouched. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<'stored' | 'present'>;
  get(key: string): Promise<Uint8Array | undefined>;
  /** Every key that starts with `prefix`, sorted. */
  list(prefix: string): Promise<string[]>;
  delete(key: string): Promise<void>;
}
