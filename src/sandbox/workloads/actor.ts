import { createObject } from '../create-object.ts';
import type { Place, WriteOptions } from '../draft.ts';
import { clone, type JsonObject, objectAt } from '../json.ts';
import { type Kind, tableOf } from '../kinds.ts';
import { nameOf, namespaceOf } from '../meta.ts';
import { builtInKind } from '../registry.ts';
import { type Propagation, removeObject } from '../remove.ts';
import type { ClusterState } from '../state.ts';
import { ApiError } from '../status-errors.ts';
import { updateObject } from '../update-object.ts';

type Edit = (draft: JsonObject) => void;

/** A controller's way of writing: the same rules as over HTTP, under its own manager name, outside the audit. */
export class Actor {
  readonly state: ClusterState;
  readonly #options: WriteOptions;

  constructor(state: ClusterState, manager: string) {
    this.state = state;
    this.#options = { manager, dryRun: 'none', fieldValidation: 'Ignore' };
  }

  get(plural: string, namespace: string, name: string): JsonObject | undefined {
    return this.state.store.get(tableOf(builtInKind(plural)), namespace, name);
  }

  list(plural: string, namespace = ''): readonly JsonObject[] {
    return this.state.store.list(tableOf(builtInKind(plural)), namespace);
  }

  create(plural: string, namespace: string, body: JsonObject): JsonObject {
    return createObject(this.state, placeOf(builtInKind(plural), namespace, ''), body, this.#options);
  }

  /** Changes an object as it is now; a no-op if it is gone. */
  modify(kind: Kind | string, object: JsonObject, edit: Edit): void {
    this.#write(kind, { object, edit, subresource: '' });
  }

  /** Changes status (and annotations) through the status subresource. */
  report(plural: string, object: JsonObject, edit: Edit): void {
    this.#write(plural, { object, edit, subresource: 'status' });
  }

  #write(
    kind: Kind | string,
    { object, edit, subresource }: { object: JsonObject; edit: Edit; subresource: '' | 'status' },
  ): void {
    const known = typeof kind === 'string' ? builtInKind(kind) : kind;
    const place = { ...placeOf(known, namespaceOf(object), nameOf(object)), subresource };
    const apply = (live: JsonObject) => {
      const draft = clone(live);
      edit(draft);
      return draft;
    };
    ignoring([404], () => updateObject(this.state, place, { by: 'patch', apply }, this.#options));
  }

  remove(kind: Kind | string, object: JsonObject, how: { propagation?: Propagation; gracePeriod?: number } = {}): void {
    const known = typeof kind === 'string' ? builtInKind(kind) : kind;
    const doomed = { kind: known, namespace: namespaceOf(object), name: nameOf(object) };
    const uid = String(objectAt(object, 'metadata').uid);
    ignoring([404, 409], () =>
      removeObject(this.state, doomed, { dryRun: 'none', propagation: 'Background', uid, ...how }),
    );
  }
}

function placeOf(kind: Kind, namespace: string, name: string): Place {
  return { kind, namespace, name, subresource: '' };
}

function ignoring(codes: readonly number[], action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ApiError && codes.includes(error.code))) throw error;
  }
}
