import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Nemesis } from './nemeses.ts';

export const storeNemeses: readonly Nemesis[] = [
  damagedDocuments('are cut in the middle', cutInHalf),
  damagedDocuments('have one bit flipped', flipOneBit),
  damagedDocuments('stand in for each other', (_bytes, other) => other),
  damagedJournals('are cut in the middle', cutInHalf),
  damagedJournals('have one bit flipped', flipOneBit),
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

/** All that a run reads again and again; repaired when it has ended or waits for a person. */
function damagedDocuments(how: string, damage: Damage): Nemesis {
  return {
    ...damaged(damage, (name) => name !== 'journal' && !name.startsWith('.')),
    name: `a store whose snapshots and plans ${how}`,
    takesLong: true,
    blocks: true,
    outcomes: ['restored', 'reverted', 'refused'],
  };
}

/** A rollback must not stop for what is there to prove it. */
function damagedJournals(how: string, damage: Damage): Nemesis {
  return {
    ...damaged(damage, (name) => name === 'journal'),
    name: `a store whose journal's records ${how}`,
    outcomes: ['restored'],
  };
}

function damaged(damage: Damage, isMeant: (folder: string) => boolean): Pick<Nemesis, 'of' | 'when' | 'strike'> {
  return {
    of: 'store',
    when: 'before',
    strike: async ({ folder }, ended) => {
      const repair = await damageFiles(join(folder, 'store'), damage, isMeant);
      void ended.then(repair);
    },
  };
}

async function damageFiles(
  store: string,
  damage: Damage,
  isMeant: (folder: string) => boolean,
): Promise<() => Promise<void>> {
  const folders = (await readdir(store)).filter(isMeant);
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

function cutInHalf(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2);
}

function flipOneBit(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  const middle = flipped.length >> 1;
  flipped[middle] = (flipped[middle] ?? 0) ^ 1;
  return flipped;
}
