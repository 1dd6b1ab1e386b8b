import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Nemesis } from './nemeses.ts';

export const storeNemeses: readonly Nemesis[] = [
  damaged('are cut in the middle', (bytes) => bytes.subarray(0, bytes.length / 2)),
  damaged('have one bit flipped', flipOneBit),
  damaged('stand in for each other', (_bytes, other) => other),
  {
    name: 'a store on a full disk for a while',
    of: 'store',
    when: 'before',
    strike: async ({ folder }) => {
      await writeFile(join(folder, 'disk-full'), '');
      void delay(5000).then(() => rm(join(folder, 'disk-full'), { force: true }));
    },
    outcomes: ['restored', 'reverted', 'refused'],
  },
  {
    name: 'a store that is away for a while',
    of: 'store',
    when: 'before',
    strike: async ({ folder }) => {
      const [store, away] = [join(folder, 'store'), join(folder, 'store-away')];
      await rename(store, away);
      void delay(3000).then(() => rename(away, store));
    },
    outcomes: ['restored', 'refused'],
  },
];

type Damage = (bytes: Buffer, other: Buffer) => Buffer;

/** Repaired when the run has ended or waits for a person. */
function damaged(how: string, damage: Damage): Nemesis {
  return {
    name: `a store whose snapshots and plans ${how}`,
    of: 'store',
    takesLong: true,
    when: 'before',
    strike: async ({ folder }, ended) => {
      const repair = await damageDocuments(join(folder, 'store'), damage);
      void ended.then(repair);
    },
    outcomes: ['restored', 'reverted', 'refused'],
  };
}

/** All that a run reads again and again. The journal has tests of its own. */
async function damageDocuments(store: string, damage: Damage): Promise<() => Promise<void>> {
  const folders = (await readdir(store)).filter((name) => name !== 'journal' && !name.startsWith('.'));
  const damages = folders.map(async (folder) => {
    const files = await filesIn(join(store, folder));
    const texts = await Promise.all(files.map((file) => readFile(file)));
    // Far away in the list: mostly another application's.
    const other = (index: number) => texts[(index + Math.ceil(texts.length / 2)) % texts.length] as Buffer;
    const write = (what: readonly Buffer[]) =>
      Promise.all(files.map((file, index) => writeFile(file, what[index] as Buffer)));
    await write(texts.map((text, index) => damage(text, other(index))));
    return () => write(texts);
  });
  const repairs = await Promise.all(damages);
  return async () => {
    await Promise.all(repairs.map((repair) => repair()));
  };
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function flipOneBit(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  const middle = flipped.length >> 1;
  flipped[middle] = (flipped[middle] ?? 0) ^ 1;
  return flipped;
}
