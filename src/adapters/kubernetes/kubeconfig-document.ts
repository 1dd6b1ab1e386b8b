import { parse } from 'yaml';
import { PortError } from '../../ports/port-error.ts';
import type { Json, JsonObject } from '../../schema/json.ts';
import { listAt, objectAt, textAt } from './json-access.ts';

/** One context of a kubeconfig with what it points to, as written in the file. */
export interface Selection {
  /** Cluster, file and context, for messages. */
  readonly place: string;
  readonly contextName: string;
  readonly cluster: JsonObject;
  readonly user: JsonObject;
}

interface Wanted {
  readonly name: string;
  readonly kubeconfig: string;
  readonly context?: string | undefined;
}

export function selectContext(wanted: Wanted, text: string): Selection {
  const file = `cluster ${wanted.name}: kubeconfig ${wanted.kubeconfig}`;
  const document = parseDocument(file, text);
  const contextName = wanted.context ?? textAt(document, 'current-context') ?? '';
  const context = named(document, 'contexts', contextName);
  if (!context)
    throw new PortError('invalid', `${file}: ${unknownContext(document, contextName)}`, { fields: ['context'] });
  const place = `${file}, context ${contextName}`;
  const { cluster, user } = objectAt(context, 'context');
  return {
    place,
    contextName,
    cluster: pointedTo(document, place, 'cluster', cluster),
    user: pointedTo(document, place, 'user', user),
  };
}

/** The parser's own messages quote the file, which holds keys. */
function parseDocument(file: string, text: string): Json {
  try {
    return parse(text) as Json;
  } catch {
    throw new PortError('invalid', `${file} is not valid YAML: try "kubectl config view" with it`);
  }
}

function unknownContext(document: Json, name: string): string {
  const known = listAt(document, 'contexts').flatMap((entry) => textAt(entry, 'name') ?? []);
  const problem = name === '' ? 'it has no current-context and none was chosen' : `it has no context ${name}`;
  return `${problem}: set "context" to one of: ${known.join(', ') || '(the file has none)'}`;
}

function pointedTo(document: Json, place: string, type: 'cluster' | 'user', name: Json | undefined): JsonObject {
  if (type === 'user' && (name === undefined || name === '')) return {};
  const entry = typeof name === 'string' ? named(document, `${type}s`, name) : undefined;
  if (!entry)
    throw new PortError('invalid', `${place}: its ${type} "${String(name)}" is not in the file`, { fields: [type] });
  return objectAt(entry, type);
}

function named(document: Json, list: string, name: string): Json | undefined {
  return listAt(document, list).find((entry) => textAt(entry, 'name') === name);
}
