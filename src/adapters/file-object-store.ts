import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ObjectStore } from '../ports/object-store.ts';
import { PortError } from '../ports/port-error.ts';
import { errorCode, filePortError } from './file-errors.ts';
import { checkKeyPrefix, checkObjectKey, isKeySegment, storeIdKey } from './object-key.ts';
import { syncFolder, writeOnce } from './write-once.ts';

/** Left by a process that died while writing; no write takes this long. In milliseconds. */
const staleAfter = 60 * 60 * 1000;

interface FileStore {
  readonly root: string;
  readonly temporary: string;
  /** Folders whose own names are known to be durable. */
  readonly durable: Set<string>;
  /** Its id was read: from now on the folder must be there, and an empty one in its place is not the store. */
  isKnown: boolean;
}

/** One file per key below `root`, readable by this user only. Several processes may share it. */
export function createFileObjectStore(root: string): ObjectStore {
  const folder = resolve(root);
  const store: FileStore = { root: folder, temporary: join(folder, '.tmp'), durable: new Set(), isKnown: false };
  return {
    id: () => guarded(folder, () => readOrCreateId(store)),
    putIfAbsent: async (key, bytes) => {
      checkObjectKey(key);
      return guarded(folder, () => putFile(store, key, bytes));
    },
    get: async (key) => {
      checkObjectKey(key);
      return guarded(folder, async () => (await readIfThere(join(folder, key))) ?? (await nothingIn(store)));
    },
    list: async (prefix) => {
      checkKeyPrefix(prefix);
      return guarded(folder, async () => {
        const keys = await listKeys(folder, prefix);
        return keys.length > 0 ? keys.sort() : ((await nothingIn(store)) ?? []);
      });
    },
    delete: async (key) => {
      checkObjectKey(key);
      return guarded(folder, () => deleteFile(join(folder, key)));
    },
  };
}

async function guarded<T>(root: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw filePortError(error, `store folder ${root}`);
  }
}

/** Nothing was found: that counts only while the store itself is there. A folder may be unmounted at any time. */
async function nothingIn(store: FileStore): Promise<undefined> {
  if (!store.isKnown || (await isFileThere(join(store.root, storeIdKey)))) return undefined;
  throw new PortError(
    'unavailable',
    `store folder ${store.root} has gone: mount it again, or restore it from a backup`,
  );
}

async function readOrCreateId(store: FileStore): Promise<string> {
  const path = join(store.root, storeIdKey);
  const found = (await readIfThere(path)) ?? (await nothingIn(store)) ?? (await createId(store, path));
  const id = Buffer.from(found).toString('utf8').trim();
  store.isKnown = true;
  if (/^[0-9a-f-]{36}$/.test(id)) return id;
  throw new PortError('corrupt', `${path} does not hold a store id: restore it from a backup of the store`);
}

async function createId(store: FileStore, path: string): Promise<Uint8Array> {
  await putFile(store, storeIdKey, Buffer.from(`${randomUUID()}\n`));
  return readFile(path);
}

async function putFile(store: FileStore, key: string, bytes: Uint8Array): Promise<'stored' | 'present'> {
  const path = join(store.root, key);
  if (await isFileThere(path)) {
    await syncFolder(dirname(path));
    return 'present';
  }
  await nothingIn(store);
  return writeInFolders(store, path, bytes).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
    // Folders that were there once are not asked for again, and somebody has cleaned up.
    store.durable.clear();
    return writeInFolders(store, path, bytes);
  });
}

async function writeInFolders(store: FileStore, path: string, bytes: Uint8Array): Promise<'stored' | 'present'> {
  await makeFolder(store, store.temporary);
  await makeFolder(store, dirname(path));
  return await writeOnce(path, bytes, store.temporary);
}

async function isFileThere(path: string): Promise<boolean> {
  const found = await stat(path).catch(undefinedWhenMissing);
  if (found?.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
  return found !== undefined;
}

/** A folder is durable when its name is in a synced parent, and so on up to the root. */
async function makeFolder(store: FileStore, folder: string): Promise<void> {
  if (store.durable.has(folder)) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (folder === store.root) await syncRootName(store.root);
  else {
    await makeFolder(store, dirname(folder));
    await syncFolder(dirname(folder));
  }
  if (folder === store.temporary) await removeStaleFiles(folder);
  store.durable.add(folder);
}

/** The parent of the root may be a folder this user cannot open. */
async function syncRootName(root: string): Promise<void> {
  await syncFolder(dirname(root)).catch(() => undefined);
}

async function removeStaleFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(undefinedWhenMissing);
    if (found && Date.now() - found.mtimeMs > staleAfter) await rm(path, { force: true });
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: unknown) => {
    if (errorCode(error) === 'EISDIR') return undefined;
    return undefinedWhenMissing(error);
  });
}

async function deleteFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path)).catch(undefinedWhenMissing);
}

async function listKeys(root: string, prefix: string): Promise<string[]> {
  return listBelow(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix);
}

/** `folder` is empty or ends in `/`. Names that are no key segments are not ours: temporary files, an editor's. */
async function listBelow(root: string, folder: string, prefix: string): Promise<string[]> {
  const entries = (await readdir(join(root, folder), { withFileTypes: true }).catch(undefinedWhenMissing)) ?? [];
  const keys: string[] = [];
  for (const entry of entries) {
    const key = `${folder}${entry.name}`;
    if (!key.startsWith(prefix) || !isKeySegment(entry.name) || key === storeIdKey) continue;
    if (entry.isDirectory()) keys.push(...(await listBelow(root, `${key}/`, prefix)));
    else keys.push(key);
  }
  return keys;
}

function undefinedWhenMissing(error: unknown): undefined {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
