import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { USERS } from './access.ts';
import { type Sandbox, startSandbox } from './index.ts';

/**
 * The sandbox as a process. Prints one JSON line when it is ready: `{clusters, kubeconfigs, controlUrl}`.
 *
 *   --clusters eu,us,ap   names (default: sandbox)
 *   --kubeconfig <dir>    gets admin.yaml, engine.yaml, deployer.yaml
 *   --audit <file>        one JSON line per request
 *   --port-file <file>    gets the ready line too
 *   --speed <factor>      how much faster than real time the controllers run
 *   --with-parent         ends when stdin does
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clusters: { type: 'string', default: 'sandbox' },
      kubeconfig: { type: 'string' },
      audit: { type: 'string' },
      'port-file': { type: 'string' },
      speed: { type: 'string', default: '1' },
      'ready-delay': { type: 'string', default: '100' },
      'with-parent': { type: 'boolean', default: false },
    },
  });
  const sandbox = await startSandbox({
    clusters: values.clusters.split(','),
    speed: Number(values.speed),
    readyDelay: Number(values['ready-delay']),
    ...(values.audit === undefined ? {} : { auditFile: values.audit }),
  });
  endWith(sandbox, values['with-parent'] ? 'parent' : 'signal');
  announce(sandbox, values.kubeconfig, values['port-file']);
}

function announce(sandbox: Sandbox, directory: string | undefined, portFile: string | undefined): void {
  const clusters = Object.fromEntries(Object.values(sandbox.clusters).map(({ name, url }) => [name, { url }]));
  const kubeconfigs = directory === undefined ? {} : writeKubeconfigs(sandbox, directory);
  const line = `${JSON.stringify({ clusters, kubeconfigs, controlUrl: sandbox.controlUrl })}\n`;
  if (portFile !== undefined) writeFileSync(portFile, line);
  process.stdout.write(line);
}

/** They hold tokens, so only their owner may read them. */
function writeKubeconfigs(sandbox: Sandbox, directory: string): Record<string, string> {
  mkdirSync(directory, { recursive: true });
  return Object.fromEntries(
    USERS.map((user) => {
      const file = join(directory, `${user}.yaml`);
      writeFileSync(file, sandbox.kubeconfig(user), { mode: 0o600 });
      chmodSync(file, 0o600);
      return [user, file];
    }),
  );
}

function endWith(sandbox: Sandbox, end: 'signal' | 'parent'): void {
  const stop = () => void sandbox.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (end === 'signal') return;
  process.stdin.resume();
  process.stdin.once('end', stop);
  process.stdin.once('error', stop);
}

await main();
