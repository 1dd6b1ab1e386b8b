/** What a path points at, before anybody knows whether it exists. */
export type Target =
  | { readonly at: 'health' }
  | { readonly at: 'version' }
  | { readonly at: 'root'; readonly root: 'api' | 'apis' }
  | { readonly at: 'group'; readonly group: string }
  | { readonly at: 'groupVersion'; readonly group: string; readonly version: string }
  | ResourceTarget
  | { readonly at: 'nowhere' };

export interface ResourceTarget {
  readonly at: 'resource';
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

const HEALTH = new Set(['readyz', 'livez', 'healthz']);

export function parseTarget(path: string): Target {
  const [first = '', ...rest] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  if (HEALTH.has(first)) return { at: 'health' };
  if (first === 'version') return { at: 'version' };
  if (first === 'api') return core(rest);
  return first === 'apis' ? grouped(rest) : { at: 'nowhere' };
}

function core([version, ...rest]: string[]): Target {
  if (version === undefined) return { at: 'root', root: 'api' };
  return rest.length === 0 ? { at: 'groupVersion', group: '', version } : resource('', version, rest);
}

function grouped([group, version, ...rest]: string[]): Target {
  if (group === undefined) return { at: 'root', root: 'apis' };
  if (version === undefined) return { at: 'group', group };
  return rest.length === 0 ? { at: 'groupVersion', group, version } : resource(group, version, rest);
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

function resource(group: string, version: string, parts: string[]): ResourceTarget {
  const isInside = parts[0] === 'namespaces' && parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? '');
  const [namespace = '', own] = isInside ? [parts[1], parts.slice(2)] : ['', parts];
  const [resource = '', name = '', subresource = ''] = own;
  return { at: 'resource', group, version, resource, namespace, name, subresource };
}

/** The verb that authorization and audit know the request by. */
export function verbOf(method: string, target: Target, query: URLSearchParams): string {
  if (target.at !== 'resource') return method.toLowerCase();
  const isNamed = target.name !== '';
  if (method === 'GET' && isWatch(query)) return 'watch';
  if (method === 'GET') return isNamed ? 'get' : 'list';
  if (method === 'DELETE') return isNamed ? 'delete' : 'deletecollection';
  return { POST: 'create', PUT: 'update', PATCH: 'patch' }[method] ?? method.toLowerCase();
}

export const isWatch = (query: URLSearchParams): boolean => ['1', 'true'].includes(query.get('watch') ?? '');
