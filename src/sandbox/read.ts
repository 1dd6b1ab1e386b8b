import { randomBytes } from 'node:crypto';
import type { JsonObject } from './json.ts';
import { apiVersionOf, type Kind, tableOf } from './kinds.ts';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';
import type { ClusterState } from './state.ts';
import { badRequest, expired, notFound } from './status-errors.ts';
import { textOf, type View } from './views.ts';

export function getObject(state: ClusterState, kind: Kind, namespace: string, name: string): JsonObject {
  const object = state.store.get(tableOf(kind), namespace, name);
  if (object === undefined) throw notFound(kind, name);
  return object;
}

/** The objects that a query's selectors leave. */
export function selectObjects(
  state: ClusterState,
  kind: Kind,
  namespace: string,
  query: URLSearchParams,
): JsonObject[] {
  const matches = matcherOf(kind, query);
  return state.store.list(tableOf(kind), namespace).filter(matches);
}

export function matcherOf(kind: Kind, query: URLSearchParams): (object: JsonObject) => boolean {
  const byLabel = parseLabelSelector(query.get('labelSelector') ?? '');
  const byField = parseFieldSelector(query.get('fieldSelector') ?? '', tableOf(kind));
  return (object) => byLabel(object) && byField(object);
}

interface OpenList {
  readonly objects: readonly JsonObject[];
  readonly version: number;
}

const OPEN_LISTS = 64;

/** Lists read in pages. Every page shows the instant of the first; old lists are forgotten (410). */
export class Pages {
  readonly #open = new Map<string, OpenList>();

  /** The JSON text of a LIST answer. */
  list(
    state: ClusterState,
    kind: Kind,
    namespace: string,
    ask: { query: URLSearchParams; view: 'full' | 'metadata' },
  ): string {
    const token = ask.query.get('continue') ?? '';
    const limit = Number(ask.query.get('limit') ?? 0);
    const start = token === '' ? { id: '', offset: 0 } : readToken(token);
    const list = this.#resume(start.id) ?? {
      objects: selectObjects(state, kind, namespace, ask.query),
      version: state.store.version,
    };
    const end = limit > 0 ? Math.min(start.offset + limit, list.objects.length) : list.objects.length;
    const more =
      end < list.objects.length
        ? { next: this.#keep(start.id, list, end), remaining: list.objects.length - end }
        : undefined;
    return listText(kind, ask, { objects: list.objects.slice(start.offset, end), version: list.version, more });
  }

  #resume(id: string): OpenList | undefined {
    if (id === '') return undefined;
    const list = this.#open.get(id);
    if (list !== undefined) return list;
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }

  #keep(id: string, list: OpenList, offset: number): string {
    const key = id === '' ? randomBytes(6).toString('hex') : id;
    this.#open.set(key, list);
    const oldest = [...this.#open.keys()][0];
    if (this.#open.size > OPEN_LISTS && oldest !== undefined) this.#open.delete(oldest);
    const content = { v: 'meta.k8s.io/v1', rv: list.version, start: `${key}:${offset}` };
    return Buffer.from(JSON.stringify(content)).toString('base64url');
  }

  /** Makes every continue token handed out so far too old. */
  forget(): void {
    this.#open.clear();
  }
}

function readToken(token: string): { id: string; offset: number } {
  const found = /"start":"([0-9a-f]+):(\d+)"/.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (found === null) throw badRequest('invalid continue token: continue key is not valid');
  return { id: found[1] ?? '', offset: Number(found[2]) };
}

interface Page {
  readonly objects: readonly JsonObject[];
  readonly version: number;
  readonly more: { next: string; remaining: number } | undefined;
}

function listText(kind: Kind, ask: { query: URLSearchParams; view: 'full' | 'metadata' }, page: Page): string {
  const isSelected = ask.query.has('labelSelector') || ask.query.has('fieldSelector');
  const metadata = {
    resourceVersion: String(page.version),
    ...(page.more === undefined ? {} : { continue: page.more.next }),
    ...(page.more === undefined || isSelected ? {} : { remainingItemCount: page.more.remaining }),
  };
  const head =
    ask.view === 'metadata'
      ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata }
      : { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata };
  const view: View = ask.view === 'metadata' ? 'metadata' : kind.custom === undefined ? 'item' : 'full';
  const items = page.objects.map((object) => textOf(object, view)).join(',');
  return `${JSON.stringify(head).slice(0, -1)},"items":[${items}]}\n`;
}
