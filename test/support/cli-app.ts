import { at } from '../../src/sandbox/index.ts';
import type { Cli, Running } from './cli.ts';

/** A small application for the command line: what it is installed by, deployed with, and read from. */
export interface CliApp {
  /** A Deployment and a ConfigMap whose `mode` is `v1`, in a namespace of its name, and the guard file for it. */
  install(app: string, more?: string): Promise<void>;
  /** A deploy command without kubectl: writes `mode: v2` over HTTP, then does `more`. */
  deploy(app: string, more?: string): string[];
  mode(app: string): unknown;
  run(app: string, command: readonly string[], options?: readonly string[]): Running;
}

export function cliApp(cli: Cli): CliApp {
  return {
    install: async (app, more = '') => {
      const metadata = { name: app };
      await cli.cluster.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
      await cli.cluster.request('POST', `/api/v1/namespaces/${app}/configmaps`, configMap(app, 'v1'));
      await cli.cluster.request('POST', `/apis/apps/v1/namespaces/${app}/deployments`, deployment(app));
      await cli.write(`${app}.yaml`, `${guardFile(app)}${more}`);
    },
    deploy: (app, more = '') => {
      const headers = { authorization: `Bearer ${cli.cluster.tokens.deployer}`, 'content-type': 'application/json' };
      const request = JSON.stringify({ method: 'PUT', headers, body: JSON.stringify(configMap(app, 'v2')) });
      const url = JSON.stringify(`${cli.cluster.url}${settings(app)}`);
      return [process.execPath, '-e', `fetch(${url}, ${request}).then(({ ok }) => { if (!ok) throw 1; ${more} })`];
    },
    mode: (app) => at(cli.cluster.read(settings(app)) ?? {}, 'data', 'mode'),
    run: (app, command, options = []) => cli.start(['run', '-f', `${app}.yaml`, ...options, '--', ...command]),
  };
}

const settings = (app: string) => `/api/v1/namespaces/${app}/configmaps/settings`;

function guardFile(app: string): string {
  const scope = `{ selector: app=${app}, kinds: [v1/ConfigMap, apps/v1/Deployment] }`;
  const targets = `[{ cluster: eu, namespace: ${app}, scope: ${scope} }]`;
  const times = 'deadline: 60s\nbake: 1s\nreadyTimeout: 20s\nhaltTimeout: 10s\n';
  return `application: ${app}\nenvironment: test\ntargets: ${targets}\n${times}`;
}

function configMap(app: string, mode: string) {
  const metadata = { name: 'settings', namespace: app, labels: { app } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mode } };
}

function deployment(app: string) {
  const labels = { app };
  const template = {
    metadata: { labels: { pods: app } },
    spec: { containers: [{ name: 'web', image: 'registry/web:v1' }] },
  };
  const spec = { replicas: 1, selector: { matchLabels: { pods: app } }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: app, labels }, spec };
}
