import { randomUUID } from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, filePortError } from './file-errors.ts';

/**
 * Writes a file that no other writer can win as well, and that is never seen half-written: the bytes are made durable
 * under another name first, then linked (link(2) refuses an existing name, rename(2) would replace it).
 * `temporaryFolder` must be in the same file system.
 */
export async function writeOnce(
  path: string,
  bytes: Uint8Array,
  temporaryFolder: string,
): Promise<'stored' | 'present'> {
  const temporary = join(temporaryFolder, `.${randomUUID()}.tmp`);
  try {
    await writeDurably(temporary, bytes);
    return await linkOnce(temporary, path);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function linkOnce(temporary: string, path: string): Promise<'stored' | 'present'> {
  const answer = await link(temporary, path).then(() => 'stored' as const, presentOrThrow);
  // Also for `present`: the other writer may not have got this far yet, and our caller relies on the file from now on.
  await syncFolder(dirname(path)).catch((error: unknown) => {
    throw filePortError(error, dirname(path), 'unclear');
  });
  return answer;
}

function presentOrThrow(error: unknown): 'present' {
  if (errorCode(error) === 'EEXIST') return 'present';
  throw error;
}
