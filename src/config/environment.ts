import type { Path } from './yaml-source.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One value from the environment, laid over the file. */
export interface Overlay {
  readonly variable: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

type Read = (text: string) => unknown;

interface Variable {
  /** The first that is set counts. */
  readonly names: readonly string[];
  readonly path: readonly string[];
  readonly read?: Read;
}

const truthOf: Read = (text) => ({ true: true, false: false, '1': true, '0': false })[text] ?? text;
const numberOf: Read = (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);
const listOf: Read = (text) => text.split(',').map((part) => part.trim());

const variables: readonly Variable[] = [
  { names: ['BELAY_TEMPORAL_ADDRESS', 'TEMPORAL_ADDRESS'], path: ['temporal', 'address'] },
  { names: ['BELAY_TEMPORAL_NAMESPACE', 'TEMPORAL_NAMESPACE'], path: ['temporal', 'namespace'] },
  { names: ['BELAY_TEMPORAL_TLS', 'TEMPORAL_TLS'], path: ['temporal', 'tls'], read: truthOf },
  { names: ['BELAY_TEMPORAL_TLS_CA', 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'], path: ['temporal', 'tls', 'ca'] },
  { names: ['BELAY_TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_CLIENT_CERT_PATH'], path: ['temporal', 'tls', 'clientCert'] },
  { names: ['BELAY_TEMPORAL_TLS_KEY', 'TEMPORAL_TLS_CLIENT_KEY_PATH'], path: ['temporal', 'tls', 'clientKey'] },
  { names: ['BELAY_TEMPORAL_TLS_SERVER_NAME', 'TEMPORAL_TLS_SERVER_NAME'], path: ['temporal', 'tls', 'serverName'] },
  { names: ['BELAY_TEMPORAL_API_KEY', 'TEMPORAL_API_KEY'], path: ['temporal', 'apiKey'] },
  { names: ['BELAY_TEMPORAL_PLAINTEXT'], path: ['temporal', 'plaintext'] },
  { names: ['BELAY_TEMPORAL_UI'], path: ['temporal', 'ui'] },
  { names: ['BELAY_GATEWAY_LISTEN'], path: ['gateway', 'listen'] },
  { names: ['BELAY_STORE'], path: ['store'] },
  { names: ['BELAY_KEY_FILE'], path: ['encryption', 'keyFile'] },
  { names: ['BELAY_PROMETHEUS_URL'], path: ['metrics', 'prometheus', 'url'] },
  { names: ['BELAY_PROMETHEUS_TOKEN'], path: ['metrics', 'prometheus', 'bearerToken'] },
  { names: ['BELAY_PROMETHEUS_TOKEN_FILE'], path: ['metrics', 'prometheus', 'bearerTokenFile'] },
  { names: ['BELAY_PROMETHEUS_CA'], path: ['metrics', 'prometheus', 'ca'] },
  { names: ['BELAY_PROMETHEUS_PLAINTEXT'], path: ['metrics', 'prometheus', 'plaintext'] },
  { names: ['BELAY_PROBES_CA'], path: ['probes', 'ca'] },
];

/** `BELAY_CLUSTER_<NAME>_<SETTING>`; a `_` in the name stands for `-`. */
const clusterSettings: Readonly<Record<string, { readonly key: string; readonly read?: Read }>> = {
  KUBECONFIG: { key: 'kubeconfig' },
  CONTEXT: { key: 'context' },
  WORKSPACE: { key: 'workspace' },
  TASK_QUEUE: { key: 'taskQueue' },
  LOCK_NAMESPACE: { key: 'lockNamespace' },
  QPS: { key: 'qps', read: numberOf },
  BURST: { key: 'burst', read: numberOf },
  PARALLELISM: { key: 'parallelism', read: numberOf },
  EXEC_ALLOW_LIST: { key: 'execAllowList', read: listOf },
};

/** Everything the environment sets, in the order in which it is to be laid over. Empty variables count as not set. */
export function overlaysFrom(env: Environment): Overlay[] {
  const named = variables.flatMap(({ names, path, read }) => {
    const variable = names.find((name) => isSet(env[name]));
    return variable === undefined ? [] : [overlay(variable, path, (read ?? asText)(env[variable] ?? ''))];
  });
  return [...named, ...clusterOverlays(env)];
}

function clusterOverlays(env: Environment): Overlay[] {
  const form = new RegExp(`^BELAY_CLUSTER_(.+?)_(${Object.keys(clusterSettings).join('|')})$`);
  return Object.keys(env).flatMap((variable) => {
    const [, name, suffix] = form.exec(variable) ?? [];
    const setting = clusterSettings[suffix ?? ''];
    if (name === undefined || setting === undefined || !isSet(env[variable])) return [];
    const path = ['clusters', name.toLowerCase().replaceAll('_', '-'), setting.key];
    return [overlay(variable, path, (setting.read ?? asText)(env[variable] ?? ''))];
  });
}

function overlay(variable: string, path: readonly string[], value: unknown): Overlay {
  return { variable, path, value };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function asText(text: string): string {
  return text;
}

/** Answers a copy; what stands in the way (text where a map belongs) is left for the schema to name. */
export function layOver(root: unknown, { path, value }: Pick<Overlay, 'path' | 'value'>): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  // `tls: true` says no more than that the map may follow.
  const base = root === undefined || root === null || root === true ? {} : root;
  if (typeof base !== 'object' || Array.isArray(base)) return root;
  const map = base as Readonly<Record<string, unknown>>;
  return { ...map, [key]: layOver(map[key], { path: rest, value }) };
}

export function variableFor(overlays: readonly Overlay[], path: Path): string | undefined {
  const isWithin = (overlay: Overlay) => overlay.path.every((part, index) => path[index] === part);
  return overlays.find(isWithin)?.variable;
}
