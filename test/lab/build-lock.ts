import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const longestWait = 60 * 60_000;
const pause = 500;

/**
 * Runs `action` while no other process does. A lock whose process has died is taken over; two that take it over at
 * the same moment would both run, which costs time and nothing else.
 */
export async function withBuildLock(
  file: string,
  report: (line: string) => void,
  action: () => Promise<void>,
): Promise<void> {
  const until = performance.now() + longestWait;
  for (let told = false; !(await take(file)); told = true) {
    const holder = await holderOf(file);
    if (!told) report(`waiting for process ${holder}, which is building (${file})`);
    if (!isRunning(holder)) await rm(file, { force: true });
    else await delay(pause);
    if (performance.now() > until)
      throw new Error(`process ${holder} has held ${file} for an hour: end it or delete the file`);
  }
  try {
    await action();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(file: string): Promise<number> {
  return Number(await readFile(file, 'utf8').catch(() => ''));
}

/** A file just created may still be empty: its writer is alive. */
function isRunning(pid: number): boolean {
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
