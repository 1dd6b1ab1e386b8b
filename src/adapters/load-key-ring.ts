import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { KeyRing } from '../ports/key-ring.ts';
import { PortError } from '../ports/port-error.ts';
import { errorCode, filePortError } from './file-errors.ts';
import { createKeyRing, generateMasterKey, type MasterKey } from './key-ring.ts';
import { writeOnce } from './write-once.ts';

export interface KeySource {
  /** `BELAY_ENCRYPTION_KEYS`: `id:base64,id2:base64`, the first is current. When it is set, the key file is not looked at. */
  readonly env: { readonly BELAY_ENCRYPTION_KEYS?: string | undefined };
  /** The same notation, one key a line; created with a new key when there is none. */
  readonly keyFile: string;
}

const heading = `# Belay's encryption keys: the first one seals, all of them open. Without them no snapshot can be read: keep a copy.
`;

/** Throws `PortError` naming the variable or file and the fix; no message holds key material. */
export async function loadKeyRing(source: KeySource): Promise<KeyRing> {
  const variable = source.env.BELAY_ENCRYPTION_KEYS;
  if (variable !== undefined) return ringFrom(variable, 'BELAY_ENCRYPTION_KEYS');
  const path = resolve(source.keyFile);
  try {
    return ringFrom((await readKeyFile(path)) ?? (await createKeyFile(path)), `key file ${path}`);
  } catch (error) {
    throw filePortError(error, `key file ${path}`);
  }
}

/** Two processes that start at once end with the same key: one file wins, both read it. */
async function createKeyFile(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const key = generateMasterKey();
  const text = `${heading}${key.id}:${Buffer.from(key.bytes).toString('base64')}\n`;
  await writeOnce(path, Buffer.from(text), dirname(path));
  const written = await readKeyFile(path);
  if (written === undefined)
    throw new PortError('unavailable', `key file ${path} was removed while it was being created`);
  return written;
}

async function readKeyFile(path: string): Promise<string | undefined> {
  const handle = await open(path, 'r').catch(undefinedWhenMissing);
  if (handle === undefined) return undefined;
  try {
    checkMode((await handle.stat()).mode, path);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function checkMode(mode: number, path: string): void {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new PortError('denied', `key file ${path} can be read or changed by other users: run "chmod 600 ${path}"`);
}

function ringFrom(text: string, origin: string): KeyRing {
  const withoutComments = text.replaceAll(/^\s*#.*$/gm, '');
  const entries = withoutComments.split(/[\n,]/).flatMap((line) => line.trim() || []);
  if (entries.length === 0) {
    throw new PortError(
      'invalid',
      `${origin} holds no key: give "<id>:<base64 of 32 bytes>" (openssl rand -base64 32), or remove it`,
    );
  }
  try {
    return createKeyRing(entries.map(parseKey));
  } catch (error) {
    throw error instanceof PortError ? new PortError(error.kind, `${origin}: ${error.message}`) : error;
  }
}

/** Says which entry by its position: a malformed entry may be a key without an id. */
function parseKey(entry: string, index: number): MasterKey {
  const [, id, base64] = /^([^:]+):([A-Za-z0-9+/_-]{43}=?)$/.exec(entry) ?? [];
  if (id === undefined || base64 === undefined) {
    throw new PortError('invalid', `key ${index + 1} must be "<id>:<base64 of 32 bytes>" (openssl rand -base64 32)`);
  }
  return { id, bytes: Buffer.from(base64, 'base64') };
}

function undefinedWhenMissing(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
}
