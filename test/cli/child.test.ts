import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Child, startChild } from '../../src/cli/child.ts';
import { endGroup } from '../../src/cli/process-group.ts';
import { isAlive } from '../support/processes.ts';

let folder = '';
let child: Child | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-child-'));
});

afterEach(async () => {
  await child?.end('now');
  await rm(folder, { recursive: true, force: true });
});

/** A command with a child and a grandchild, which all write their process ids to files. */
function family(onTerm = ''): string[] {
  const script = `${onTerm}
echo $$ > ${folder}/parent
sh -c '${onTerm} echo $$ > ${folder}/child; (sleep 100 & echo $! > ${folder}/grandchild; wait); wait' &
wait; wait`;
  return ['sh', '-c', script];
}

async function processIds(): Promise<number[]> {
  return Promise.all(
    ['parent', 'child', 'grandchild'].map((name) =>
      expect
        .poll(() => readFile(join(folder, name), 'utf8').catch(() => ''), { timeout: 5000 })
        .toMatch(/^\d+\n$/)
        .then(async () => Number(await readFile(join(folder, name), 'utf8'))),
    ),
  );
}

async function living(pids: readonly number[]): Promise<number[]> {
  const alive = await Promise.all(pids.map(isAlive));
  return pids.filter((_, index) => alive[index]);
}

describe('ending a command', () => {
  it('ends its children and grandchildren too', async () => {
    child = startChild(family(), 'stderr');
    const pids = await processIds();
    expect(await living(pids)).toEqual(pids);
    await child.end();
    expect(await living(pids)).toEqual([]);
    expect(await child.exited).toEqual({ kind: 'killed', signal: 'SIGTERM' });
  });

  it('ends what the command has left behind', async () => {
    child = startChild(['sh', '-c', `sleep 100 & echo $! > ${folder}/parent`], 'stderr');
    expect(await child.exited).toEqual({ kind: 'exited', code: 0 });
    const pid = Number(await readFile(join(folder, 'parent'), 'utf8'));
    expect(await isAlive(pid)).toBe(true);
    await child.end();
    expect(await isAlive(pid)).toBe(false);
  });

  it('kills what does not listen', async () => {
    child = startChild(family("trap '' TERM;"), 'stderr');
    const pids = await processIds();
    const group = pids[0] ?? 0;
    expect(await endGroup(group, 200)).toBe(true);
    expect(await living(pids)).toEqual([]);
    expect(await child.exited).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  });

  it('is harmless when the command is over', async () => {
    child = startChild(['true'], 'stderr');
    await child.exited;
    await child.end();
    expect(child.isRunning()).toBe(false);
  });
});

describe('a command', () => {
  it('that does not exist is told apart from one that fails', async () => {
    child = startChild(['/nowhere/deploy'], 'stderr');
    expect(await child.exited).toEqual({ kind: 'not started', reason: 'command not found: /nowhere/deploy' });
    await child.end();
    expect(await startChild(['sh', '-c', 'exit 3'], 'stderr').exited).toEqual({ kind: 'exited', code: 3 });
  });

  it('does not get the keys of the store', async () => {
    process.env.BELAY_ENCRYPTION_KEYS = 'secret';
    child = startChild(['sh', '-c', 'test -z "$BELAY_ENCRYPTION_KEYS"'], 'stderr');
    delete process.env.BELAY_ENCRYPTION_KEYS;
    expect(await child.exited).toEqual({ kind: 'exited', code: 0 });
  });

  it('is not given to a shell', async () => {
    child = startChild(['test', '$HOME', '=', '$HOME;'], 'stderr');
    expect(await child.exited).toEqual({ kind: 'exited', code: 1 });
  });
});
