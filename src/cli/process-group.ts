import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const killAfter = 5000;
/** A process in the kernel's hands dies late; nobody can hurry it. */
const giveUpAfter = 2000;

/** Ends every process of the group: asked first, killed after five seconds. Answers whether all are gone. */
export async function endGroup(group: number, patience: number = killAfter): Promise<boolean> {
  if (!signalGroup(group, 'SIGTERM')) return true;
  if (await isGoneWithin(group, patience)) return true;
  signalGroup(group, 'SIGKILL');
  return isGoneWithin(group, giveUpAfter);
}

/** `false` when there is nobody to signal. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

export function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return process.platform !== 'linux' || hasLivingMember(group);
}

async function isGoneWithin(group: number, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (isGroupAlive(group)) {
    if (Date.now() >= deadline) return false;
    await delay(25);
  }
  return true;
}

/** In a container nobody may reap orphans: a group of nothing but zombies takes signals and does nothing. */
function hasLivingMember(group: number): boolean {
  try {
    return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isLivingMember(name, group));
  } catch {
    return true;
  }
}

function isLivingMember(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in front is in brackets and may hold anything.
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(processGroup) === group && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
