import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Version } from '../support/tools.ts';
import type { Attempt, Said, Site, Tool } from './tool.ts';

const none = async () => undefined;

/** Helm 4 as it is by default: it applies on the server. */
export const helm: Tool = {
  name: 'helm rollback',
  says: '`helm rollback web 1` in each cluster after the other',
  install: async (site) => {
    const { chart, run } = site.tools;
    await inAll(site, (cluster) => run('helm', '--kube-context', cluster, 'install', 'web', chart('v1')));
    return {
      deployBadly: () =>
        inAll(site, (cluster) => run('helm', '--kube-context', cluster, 'upgrade', 'web', chart('v2'))),
      rollBack: () => oneByOne(site, (cluster) => ['helm', '--kube-context', cluster, 'rollback', 'web', '1']),
      end: none,
    };
  },
  close: none,
};

/** With `--prune`, so that what the deploy added goes again. */
export const kubectl: Tool = {
  name: 'kubectl apply',
  says: '`kubectl apply --prune` of the old manifests in each cluster after the other',
  install: async (site) => {
    await applyInAll(site, 'v1');
    return {
      deployBadly: () => applyInAll(site, 'v2'),
      rollBack: () => oneByOne(site, (cluster) => applying(site, cluster, 'v1')),
      end: none,
    };
  },
  close: none,
};

export function applyInAll(site: Site, version: Version): Promise<void> {
  return inAll(site, (cluster) => site.tools.run(...applying(site, cluster, version)));
}

const kinds = ['core/v1/ConfigMap', 'core/v1/Secret', 'core/v1/Service', 'apps/v1/Deployment'];

function applying({ namespace, tools }: Site, cluster: string, version: Version): string[] {
  const prune = ['--prune', '-l', `app=${namespace}`, ...kinds.map((kind) => `--prune-allowlist=${kind}`)];
  return ['kubectl', '--context', cluster, '-n', namespace, 'apply', '-f', tools.manifests(version), ...prune];
}

async function inAll({ lab }: Site, run: (cluster: string) => Promise<unknown>): Promise<void> {
  await Promise.all(lab.clusters.map(({ name }) => run(name)));
}

/** Milliseconds. A tool that hangs is a tool that failed. */
const patience = 120_000;

/** As a script under `set -e`: the first command that fails ends it. */
function oneByOne({ lab, tools }: Site, command: (cluster: string) => string[]): Attempt {
  let running: ChildProcess | undefined;
  let isKilled = false;
  const succeeds = async (cluster: string) => {
    const [program = '', ...args] = command(cluster);
    const child = spawn(program, args, { env: tools.env, stdio: 'ignore', timeout: patience, killSignal: 'SIGKILL' });
    running = child;
    const [code] = await once(child, 'close');
    return code === 0;
  };
  const run = async (): Promise<Said> => {
    for (const { name } of lab.clusters)
      if (isKilled || !(await succeeds(name))) return isKilled ? 'nothing' : 'failed';
    return 'done';
  };
  const ended = run();
  return {
    ended,
    kill: async () => {
      isKilled = true;
      running?.kill('SIGKILL');
      await ended;
    },
  };
}
