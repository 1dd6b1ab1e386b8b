import { PortError, type PortErrorKind } from '../ports/port-error.ts';

const fixes: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space or raise the quota',
  EACCES: "permission denied: give this process's user read and write access to it",
  EPERM: 'operation not permitted: give this process access, on a file system that supports hard links',
  EROFS: 'the file system is read-only: mount it writable',
  EIO: 'the disk reports an input/output error: check the disk',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this machine',
  EXDEV: 'folders inside it are on other file systems: keep it on one',
  ENOTSUP: 'the file system does not support hard links: use another one',
  ENOSYS: 'the file system does not support hard links: use another one',
};

/** A key that is both a value and a folder of other keys cannot be kept in files. */
const misplaced = new Set(['ENOTDIR', 'EISDIR', 'EEXIST']);

export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What a failed file operation below `place` means for a port; anything but a system error is passed on as it is. */
export function filePortError(error: unknown, place: string, kind: PortErrorKind = 'unavailable'): unknown {
  const code = errorCode(error);
  if (code === undefined || error instanceof PortError) return error;
  if (misplaced.has(code))
    return new PortError('invalid', `${place}: a file is where a folder should be, or the reverse`);
  const fix = fixes[code] ?? 'the file system refused the operation';
  return new PortError(kind, `${place}: ${fix} (${code})`, { reason: code }, { cause: error });
}
