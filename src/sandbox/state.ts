import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { Registry } from './registry.ts';
import { Store } from './store.ts';

/** What all parts of one cluster share. */
export interface ClusterState {
  readonly name: string;
  readonly store: Store;
  readonly registry: Registry;
  readonly now: () => Date;
}

/** @param eventBuffer how many past events a watch can start from */
export function createState(name: string, eventBuffer: number, now: () => Date): ClusterState {
  return { name, store: new Store(eventBuffer), registry: new Registry(), now };
}

export const newUid = (): string => randomUUID();

const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** The five letters that `generateName` adds. */
export function nameSuffix(): string {
  return [...randomBytes(5)].map((byte) => NAME_LETTERS[byte % NAME_LETTERS.length]).join('');
}

export function randomClusterIp(): string {
  return `10.96.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}

export const randomNodePort = (): number => randomInt(30000, 32768);
