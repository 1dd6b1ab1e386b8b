import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';

export interface ServerProcess {
  readonly pid: number;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * A server must end with us even when we are killed with -9, which no handler of ours would see. The shell holds the
 * other end of a pipe: when that closes, the server is told to end, and killed if it does not within 3 s.
 */
const guardian = `
exec 3<&0
"$@" >&2 3<&- &
server=$!
echo $server
( read -r _ <&3; kill $server; sleep 3; kill -9 $server ) >/dev/null 2>&1 &
watcher=$!
wait $server
kill $watcher 2>/dev/null
`;

/** Starts a server whose output goes to `logFile`; Ctrl-C in our terminal does not reach it, our own end does. */
export async function spawnServer(command: string, args: readonly string[], logFile: string): Promise<ServerProcess> {
  const log = await open(logFile, 'a');
  try {
    return process.platform === 'win32'
      ? await spawnPlain(command, args, log.fd)
      : await spawnGuarded(command, args, log.fd);
  } finally {
    await log.close();
  }
}

async function spawnGuarded(command: string, args: readonly string[], log: number): Promise<ServerProcess> {
  const shell = spawn('/bin/sh', ['-c', guardian, 'belay-guardian', command, ...args], {
    stdio: ['pipe', 'pipe', log],
    detached: true,
  });
  const { stdin, stdout } = shell;
  if (stdin === null || stdout === null) throw new Error('the shell has no pipes');
  const ended = endOf(shell);
  const [line] = await Promise.race([once(stdout, 'data'), ended.then(() => [''])]);
  const pid = Number(String(line).trim());
  if (!(pid > 0)) throw new Error(`could not start ${command}`);
  stdin.on('error', () => undefined); // the shell went first: nothing left to tell it
  stdout.destroy();
  // A running server does not keep our event loop alive; a wait for its end does.
  shell.unref();
  const stop = async () => {
    shell.ref();
    stdin.end();
    await ended;
  };
  return { pid, ended, stop };
}

/** Windows has no such shell: there the server ends with us unless we are killed hard. */
async function spawnPlain(command: string, args: readonly string[], log: number): Promise<ServerProcess> {
  const child = spawn(command, [...args], { stdio: ['ignore', log, log] });
  const ended = endOf(child);
  await once(child, 'spawn');
  const kill = () => {
    child.kill();
  };
  process.once('exit', kill);
  child.unref();
  const stop = async () => {
    child.ref();
    process.off('exit', kill);
    kill();
    await ended;
  };
  return { pid: child.pid ?? 0, ended, stop };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}
