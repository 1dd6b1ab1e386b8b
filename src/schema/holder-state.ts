/** What can be said about whoever holds a Lease. Only the Temporal that a run lives in knows whether it is closed. */
export type HolderState = 'open' | 'closed' | 'unknown' | 'elsewhere' | 'stranger';
