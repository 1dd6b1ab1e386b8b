import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonObject } from '../../src/sandbox/index.ts';
import type { Lab } from '../../test/lab/lab.ts';
import { writeChart } from '../../test/support/shop-versions.ts';

const execute = promisify(execFile);

/** kubectl and Helm as a person calls them, in one namespace, with two versions of an application as files. */
export interface Tools {
  /** Milliseconds, the program's start included. Throws what it said unless it succeeds. */
  run(...command: string[]): Promise<number>;
  /** Of the commands. */
  readonly env: Readonly<Record<string, string>>;
  manifests(version: Version): string;
  chart(version: Version): string;
}

export type Version = 'v1' | 'v2';

export interface ToolsOptions {
  readonly folder: string;
  readonly namespace: string;
  readonly objects: (version: Version) => readonly JsonObject[];
  /** Its text; that of the lab's admin unless given. */
  readonly access?: string;
}

export async function prepareTools(lab: Lab, options: ToolsOptions): Promise<Tools> {
  const { folder, namespace, objects, access = lab.kubeconfig('admin') } = options;
  const home = join(folder, namespace);
  const kubeconfig = join(home, 'kubeconfig.yaml');
  const tools = {
    manifests: (version: Version) => join(home, `${version}.json`),
    chart: (version: Version) => join(home, version),
  };
  await mkdir(home);
  await writeFile(kubeconfig, access, { mode: 0o600 });
  for (const version of ['v1', 'v2'] as const) {
    const list = { apiVersion: 'v1', kind: 'List', items: objects(version) };
    await writeFile(tools.manifests(version), JSON.stringify(list));
    await writeChart(tools.chart(version), objects(version));
  }
  const { kubectl, helm } = lab.binaries;
  const env = {
    PATH: [dirname(kubectl), dirname(helm), process.env.PATH].join(delimiter),
    KUBECONFIG: kubeconfig,
    HOME: home,
    HELM_NAMESPACE: namespace,
  };
  const run: Tools['run'] = async (program = '', ...args) => {
    const start = performance.now();
    await execute(program, args, { env, timeout: 120_000, maxBuffer: 16 * 1024 * 1024 });
    return Math.round(performance.now() - start);
  };
  return { ...tools, run, env };
}
