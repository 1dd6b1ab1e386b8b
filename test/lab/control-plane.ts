import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServerProcess, spawnServer } from '../../src/adapters/temporal-cli/server-process.ts';
import { pollUntil } from '../support/poll.ts';
import { auditPolicy } from './audit.ts';
import type { LabBinaries } from './binaries.ts';
import { freePorts } from './free-ports.ts';
import { type Access, createTokens, kubeconfigText, tokenFile } from './identities.ts';

/** Loopback only: nobody else may reach a server whose tokens lie in a temporary folder. */
const loopback = '127.0.0.1';

/** Milliseconds; seconds are normal, but a machine may be busy. */
export const startLimit = 60_000;

export interface PlaneOptions {
  readonly name: string;
  /** Its own; holds keys, data and logs. */
  readonly folder: string;
  readonly binaries: LabBinaries;
  readonly apiServerFlags: readonly string[];
}

export interface Plane {
  readonly access: Access;
  readonly auditFile: string;
  /** Of the API server's certificate. */
  readonly keyFile: string;
}

/** Starts one of the programs in the cluster's folder. */
export type Start = (program: keyof LabBinaries, args: readonly string[]) => Promise<ServerProcess>;

/** Each process is in `started` at once, to be stopped when a later one fails. */
export function createStart({ folder, binaries }: PlaneOptions, started: Map<string, ServerProcess>): Start {
  return async (program, args) => {
    const server = await spawnServer(binaries[program], args, join(folder, `${program}.log`));
    started.set(program, server);
    return server;
  };
}

/** etcd and the API server; returns when the latter has made its certificate, which is before it serves. */
export async function startApiServer(options: PlaneOptions, start: Start): Promise<Plane> {
  const { name, folder } = options;
  const [etcdPort = 0, apiPort = 0] = await freePorts(2);
  const tokens = createTokens();
  await mkdir(join(folder, 'certificates'), { recursive: true, mode: 0o700 });
  await writeFiles(folder, { 'tokens.csv': tokenFile(tokens), 'audit-policy.json': JSON.stringify(auditPolicy) });
  await writeServiceAccountKey(join(folder, 'service-accounts.key'));
  await start('etcd', etcdArguments(folder, etcdPort));
  const flags = [...apiServerArguments(folder, { etcdPort, apiPort }), ...options.apiServerFlags];
  const ended = failWhenEnded('kube-apiserver', await start('kube-apiserver', flags));
  const ca = await Promise.race([readCertificates(join(folder, 'certificates/apiserver.crt')), ended]);
  const access: Access = { name, url: `https://${loopback}:${apiPort}`, ca, tokens };
  return { access, auditFile: join(folder, 'audit.jsonl'), keyFile: join(folder, 'certificates/apiserver.key') };
}

/** To be called when the API server serves: the controllers wait no more than 10 s for it. */
export async function startControllers(folder: string, access: Access, start: Start): Promise<void> {
  await writeFiles(folder, { 'controllers.yaml': kubeconfigText([access], ['controllers']) });
  await start('kube-controller-manager', controllerArguments(folder));
}

/** The server's own and the authority's that signed it; the file exists before both are in it. */
function readCertificates(file: string): Promise<string> {
  return pollUntil(
    'the API server to write its certificate',
    () => readFile(file, 'utf8').catch(() => ''),
    (text) => text.split('-----END CERTIFICATE-----').length > 2,
    startLimit,
  );
}

/** For a race with what needs the server. */
async function failWhenEnded(program: string, server: ServerProcess): Promise<never> {
  await server.ended;
  throw new Error(`${program} ended`);
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
}

async function writeServiceAccountKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(file, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
}

/** Nothing in a lab is worth an fsync. */
function etcdArguments(folder: string, port: number): string[] {
  const url = `http://${loopback}:${port}`;
  return [
    ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', `http://${loopback}:0`],
  ];
}

function apiServerArguments(folder: string, ports: { etcdPort: number; apiPort: number }): string[] {
  const key = join(folder, 'service-accounts.key');
  return [
    ...[`--etcd-servers=http://${loopback}:${ports.etcdPort}`, `--bind-address=${loopback}`],
    ...[`--secure-port=${ports.apiPort}`, `--cert-dir=${join(folder, 'certificates')}`],
    ...[`--service-account-key-file=${key}`, `--service-account-signing-key-file=${key}`],
    ...['--service-account-issuer=https://kubernetes.default.svc', '--service-cluster-ip-range=10.96.0.0/16'],
    ...[`--token-auth-file=${join(folder, 'tokens.csv')}`, '--authorization-mode=RBAC', '--allow-privileged=true'],
    // A loopback address is refused as an endpoint of the service `kubernetes`, which nobody uses here.
    '--endpoint-reconciler-type=none',
    ...[`--audit-policy-file=${join(folder, 'audit-policy.json')}`, `--audit-log-path=${join(folder, 'audit.jsonl')}`],
    ...['--audit-log-format=json', '--audit-log-mode=blocking'],
  ];
}

/** Nodes are not judged: there is one, it sends no heartbeats, and its pods must not be evicted for that. */
const controllers = '*,-node-lifecycle-controller,-taint-eviction-controller,-node-ipam-controller';

function controllerArguments(folder: string): string[] {
  const kubeconfig = join(folder, 'controllers.yaml');
  return [
    ...[`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0', `--controllers=${controllers}`],
    // Without it RBAC refuses every controller, and no pod ever appears.
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${join(folder, 'service-accounts.key')}`,
    `--root-ca-file=${join(folder, 'certificates/apiserver.crt')}`,
    // The default of 20 requests a second would make tests wait for controllers.
    ...['--kube-api-qps=500', '--kube-api-burst=1000'],
  ];
}
