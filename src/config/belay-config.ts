import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { type BelayFile, belayFileSchema, type ClusterConfig, type TemporalConfig } from './belay-file-schema.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type Environment, layOver, type Overlay, overlaysFrom, variableFor } from './environment.ts';
import type { GatewayConfig } from './gateway-schema.ts';
import { type Origin, problemsOf } from './schema-problems.ts';
import { type Path, parseYaml, readYaml, type YamlSource } from './yaml-source.ts';

/** All defaults filled in, all paths absolute. */
export interface BelayConfig {
  /** Where it came from; `null` when there is no `belay.yaml`. */
  readonly file: string | null;
  readonly temporal: TemporalConfig;
  /** `file:<absolute path>`. */
  readonly store: string;
  readonly encryption: {
    readonly keyFile: string;
    /** Text of BELAY_ENCRYPTION_KEYS: keys never stand in a file that is easily committed. */
    readonly keys?: string;
  };
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  readonly gateway?: GatewayConfig | undefined;
  readonly metrics: BelayFile['metrics'];
  readonly probes: BelayFile['probes'];
}

export interface ConfigInput {
  /** `--config`. Without it `BELAY_CONFIG`, else `belay.yaml` in `cwd` if there is one. */
  readonly file?: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

interface Sources {
  readonly yaml: YamlSource;
  readonly overlays: readonly Overlay[];
  readonly value: unknown;
}

/** Throws `ConfigError` with every problem of file and environment. */
export async function loadConfig(input: ConfigInput): Promise<BelayConfig> {
  const file = chooseFile(input);
  const yaml = file === null ? parseYaml('', 'belay.yaml') : await readYaml(file, relative(input.cwd, file) || file);
  const overlays = overlaysFrom(input.env).map((overlay) => fromCwd(overlay, input.cwd));
  const value = overlays.reduce<unknown>((root, overlay) => layOver(root, overlay), yaml.value ?? {});
  const parsed = parse({ yaml, overlays, value });
  const config = withAbsolutePaths(parsed, file === null ? input.cwd : dirname(file));
  const keys = input.env.BELAY_ENCRYPTION_KEYS;
  return { file, ...config, encryption: { ...config.encryption, ...(keys ? { keys } : {}) } };
}

function chooseFile({ file, env, cwd }: ConfigInput): string | null {
  const named = file ?? (env.BELAY_CONFIG || undefined);
  if (named !== undefined) return resolve(cwd, named);
  const usual = resolve(cwd, 'belay.yaml');
  return existsSync(usual) ? usual : null;
}

function parse(sources: Sources): BelayFile {
  const parsed = belayFileSchema.safeParse(sources.value);
  const problems = parsed.success ? contradictions(parsed.data, sources) : schemaProblems(parsed.error.issues, sources);
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

function schemaProblems(issues: Parameters<typeof problemsOf>[0], sources: Sources): ConfigProblem[] {
  return problemsOf(issues, {
    schema: belayFileSchema,
    value: sources.value,
    originOf: (path) => originOf(path, sources),
    originOfKey: (path, key) => originOf([...path, key], sources, () => sources.yaml.placeOfKey(path, key)),
    hints: { 'encryption.keys': 'set BELAY_ENCRYPTION_KEYS instead: keys do not belong in this file' },
  });
}

function originOf(path: Path, { yaml, overlays }: Sources, place = () => yaml.placeOf(path)): Origin {
  const variable = variableFor(overlays, path);
  if (variable !== undefined) return { file: `environment variable ${variable}`, place: null };
  return { file: yaml.shown, place: place() };
}

/** Each value is fine by itself; together they are not. */
function contradictions(file: BelayFile, sources: Sources): ConfigProblem[] {
  return [
    ...plaintextProblem(file.temporal, sources),
    ...openGatewayProblem(file.gateway, sources),
    ...plaintextMetricsProblem(file.metrics, sources),
    ...localStoreProblems(file, sources),
  ];
}

/** Whoever can change what it answers can keep a bad deploy, or undo a good one. */
function plaintextMetricsProblem({ prometheus }: BelayFile['metrics'], sources: Sources): ConfigProblem[] {
  if (!prometheus || prometheus.plaintext === 'allow') return [];
  const { protocol, hostname } = new URL(prometheus.url);
  if (protocol === 'https:' || isLoopback(`${hostname}:`)) return [];
  const what = `${hostname} is not this machine and the connection would not be encrypted`;
  const fix = 'use "https://", or "plaintext: allow" if the network is trusted';
  const path = ['metrics', 'prometheus', 'url'];
  return [{ ...originOf(path, sources), field: path.join('.'), what, fix }];
}

function plaintextProblem(temporal: TemporalConfig, sources: Sources): ConfigProblem[] {
  if (isEncrypted(temporal) || temporal.plaintext === 'allow' || isLoopback(temporal.address)) return [];
  const what = `${temporal.address} is not this machine and the connection would not be encrypted`;
  const fix = 'set temporal.tls or temporal.apiKey, or "plaintext: allow" if the network is trusted';
  return [{ ...originOf(['temporal', 'address'], sources), field: 'temporal.address', what, fix }];
}

/** Reports and bearer tokens could be read on the way. */
function openGatewayProblem(gateway: GatewayConfig | undefined, sources: Sources): ConfigProblem[] {
  if (gateway === undefined || gateway.tls || gateway.plaintext === 'allow' || isLoopback(gateway.listen)) return [];
  const what = `${gateway.listen} is not this machine alone and connections would not be encrypted`;
  const fix = 'set gateway.tls, or "plaintext: allow" behind a proxy that encrypts';
  return [{ ...originOf(['gateway', 'listen'], sources), field: 'gateway.listen', what, fix }];
}

/** An API key turns TLS on, as it does in Temporal's own tools. */
export function isEncrypted({ tls, apiKey }: TemporalConfig): boolean {
  return tls === undefined ? apiKey !== undefined : tls !== false;
}

export function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':')).toLowerCase();
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Workers near a cluster run elsewhere and would each see a store of their own. */
function localStoreProblems(file: BelayFile, sources: Sources): ConfigProblem[] {
  return Object.entries(file.clusters).flatMap(([name, cluster]) => {
    if (cluster.taskQueue === undefined) return [];
    const path = ['clusters', name, 'taskQueue'];
    const what = 'a queue per cluster needs a store that all workers share, and "file:" is not';
    return [{ ...originOf(path, sources), field: path.join('.'), what, fix: 'remove "taskQueue"' }];
  });
}

const pathSettings = new Set([
  'kubeconfig',
  'keyFile',
  'ca',
  'clientCert',
  'clientKey',
  'bearerTokenFile',
  'store',
  'cert',
  'key',
  'file',
]);

/** A path in the environment is relative to where the command runs, one in the file to the file. */
function fromCwd(overlay: Overlay, cwd: string): Overlay {
  const isPath = pathSettings.has(overlay.path.at(-1) ?? '') && typeof overlay.value === 'string';
  return isPath ? { ...overlay, value: absolute(String(overlay.value), cwd) } : overlay;
}

function absolute(path: string, folder: string): string {
  const [, scheme, rest] = /^([a-z][a-z0-9]+:)(.*)$/.exec(path) ?? [];
  if (scheme === undefined) return resolve(folder, path);
  return scheme === 'file:' ? `file:${resolve(folder, rest ?? '')}` : path;
}

function withAbsolutePaths(file: BelayFile, folder: string): BelayFile {
  return mapPaths(file, (path) => absolute(path, folder)) as BelayFile;
}

function mapPaths(value: unknown, change: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapPaths(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const isPath = pathSettings.has(key) && typeof item === 'string';
      return [key, isPath ? change(item) : mapPaths(item, change)];
    }),
  );
}
