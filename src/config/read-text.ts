import { readFile, stat } from 'node:fs/promises';
import { ConfigError, type ConfigProblem } from './config-error.ts';

export interface TextFile {
  readonly path: string;
  /** The path as messages show it. */
  readonly shown: string;
  /** Bytes; a larger file is refused before it is read. */
  readonly limit: number;
}

/** Throws `ConfigError` for whatever keeps the text from being read. */
export async function readText(file: TextFile): Promise<string> {
  const size = await sizeOf(file);
  if (size > file.limit) {
    throw fileError(file, `is too big (${size} bytes)`, `give a file of at most ${file.limit} bytes`);
  }
  return decode(file, await readFile(file.path).catch((error: unknown) => throwUnreadable(file, error)));
}

const longestSetting = 1024 * 1024;

/** The text of a file that `belay.yaml` names, without what editors leave around it. */
export async function readSetting(path: string): Promise<string> {
  return (await readText({ path, shown: path, limit: longestSetting })).trim();
}

function fileError({ shown }: Pick<TextFile, 'shown'>, what: string, fix: string): ConfigError {
  return new ConfigError([fileProblem(shown, what, fix)]);
}

export function fileProblem(file: string, what: string, fix: string): ConfigProblem {
  return { file, place: null, field: '', what, fix };
}

async function sizeOf(file: TextFile): Promise<number> {
  const found = await stat(file.path).catch((error: unknown) => throwUnreadable(file, error));
  if (found.isDirectory()) throw fileError(file, 'is a folder', 'name a file');
  return found.size;
}

function decode(file: TextFile, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fileError(file, 'is not UTF-8 text', 'save it as UTF-8');
  }
}

const reasons: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  ENOENT: ['does not exist', 'check the path'],
  ENOTDIR: ['does not exist', 'check the path'],
  EACCES: ['cannot be read', 'give this user the right to read it'],
};

export function throwUnreadable(file: Pick<TextFile, 'shown'>, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const [what, fix] = reasons[code] ?? [`cannot be read (${code})`, 'check the path'];
  throw fileError(file, what, fix);
}
