import { execFile } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll } from 'vitest';
import { type JsonObject, textAt } from '../../src/sandbox/index.ts';
import { type Ended, type Running, useCli } from './cli.ts';
import { useLab } from './lab.ts';
import { type LabContent, readContent } from './lab-content.ts';
import { type ShopVersion, shopObjects, shopVersions, writeChart, writeManifests } from './shop-versions.ts';

const execute = promisify(execFile);

/** A shell on a machine with kubectl, Helm and the built command line; `belay worker` runs, over the lab's cluster `eu`. */
export interface Shell {
  shop(scope: (name: string) => string, more?: string): Promise<Shop>;
}

/** An application of its own in the namespace of its name, with folders `<name>/kubectl/v1` and `<name>/chart/v1` (2, 3). */
export interface Shop {
  readonly name: string;
  /** Runs to the end; throws what it said unless it succeeds. */
  run(...command: string[]): Promise<string>;
  /** `belay run` around the command. */
  guarded(...command: string[]): Running;
  /** Runs `belay run` around the command to its end. */
  deploy(...command: string[]): Promise<Ended>;
  content(): Promise<LabContent>;
  /** Status by revision of every record that Helm keeps. */
  releases(): Promise<Readonly<Record<string, string>>>;
  /** In the folder where commands run. */
  path(file: string): string;
  /** `*` stands for the namespace. */
  read(path: string): Promise<JsonObject | undefined>;
}

/** Call once at the top of a test file; `shop` works from `beforeAll` on. */
export function useShell(): Shell {
  const cli = useCli();
  const lab = useLab();

  beforeAll(async () => {
    const system = { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] };
    await lab.grant(lab.engine, { rules: [system] });
    const kubeconfig = JSON.stringify(await lab.kubeconfigFile(lab.engine));
    await cli.write('belay.yaml', `clusters: { eu: { kubeconfig: ${kubeconfig}, context: eu } }\n`);
    await cli.start(['worker']).prints('worker is polling');
  });

  return {
    shop: async (scope, more = '') => {
      const name = await lab.namespace('shop');
      await lab.grant(lab.deployer, { namespace: name });
      await lab.grant(lab.engine, { namespace: name });
      for (const [version, shown] of Object.entries(shopVersions))
        await writeVersion(cli.folder, { name, version, shown });
      const targets = `[{ cluster: eu, namespace: ${name}, scope: ${scope(name)} }]`;
      const times = 'deadline: 60s\nbake: 1s\nreadyTimeout: 60s\nhaltTimeout: 10s\n';
      await cli.write(
        `${name}/guard.yaml`,
        `application: ${name}\nenvironment: test\ntargets: ${targets}\n${times}${more}`,
      );
      const programs = [lab.binaries.kubectl, lab.binaries.helm].map(dirname);
      const env = {
        ...process.env,
        PATH: [...programs, process.env.PATH].join(delimiter),
        KUBECONFIG: await lab.kubeconfigFile(lab.deployer),
        KUBECTL_APPLYSET: 'true',
        KUBECACHEDIR: join(cli.folder, name, 'cache'),
        HELM_NAMESPACE: name,
        HELM_CACHE_HOME: join(cli.folder, name, 'helm'),
        HELM_CONFIG_HOME: join(cli.folder, name, 'helm'),
        HELM_DATA_HOME: join(cli.folder, name, 'helm'),
      };
      const admin = lab.cluster('eu').as('admin');
      const guarded = (...command: string[]) => cli.start(['run', '-f', `${name}/guard.yaml`, '--', ...command], env);
      return {
        name,
        run: async (program = '', ...args) =>
          (await execute(program, args, { cwd: cli.folder, env, timeout: 60_000 })).stdout,
        guarded,
        deploy: (...command) => guarded(...command).ended,
        content: () => readContent([lab.cluster('eu')], name),
        releases: async () => {
          const records = await admin.list(`/api/v1/namespaces/${name}/secrets?labelSelector=owner%3Dhelm`);
          return Object.fromEntries(
            records.map((one) => [
              textAt(one, 'metadata', 'labels', 'version'),
              textAt(one, 'metadata', 'labels', 'status'),
            ]),
          );
        },
        path: (file) => join(cli.folder, file),
        read: (path) => admin.read(path.replace('*', name)),
      };
    },
  };
}

async function writeVersion(
  folder: string,
  { name, version, shown }: { readonly name: string; readonly version: string; readonly shown: ShopVersion },
): Promise<void> {
  const objects = shopObjects(name, shown);
  await writeManifests(join(folder, name, 'kubectl', version), objects);
  await writeChart(join(folder, name, 'chart', version), objects);
}
