import type { Content, PlanQuestion } from '../../src/domain/plan/question.ts';
import type { JsonObject, KubeObject } from '../../src/schema/json.ts';
import type { Member, Part } from '../../src/schema/stored.ts';

/** The deploy could write between these two. */
export const window = { start: '2026-01-01T10:00:00Z', end: '2026-01-01T10:05:00Z' };
export const during = '2026-01-01T10:02:00Z';
export const earlier = '2026-01-01T09:00:00Z';

export interface ObjectOptions {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly version?: string;
  readonly metadata?: JsonObject;
  readonly body?: JsonObject;
  /** Who wrote all of `body`, and when. */
  readonly writer?: { readonly manager: string; readonly time: string; readonly operation?: 'Apply' | 'Update' };
}

export function objectOf(options: ObjectOptions = {}): KubeObject {
  const { apiVersion = 'v1', kind = 'ConfigMap', name = 'settings', body = { data: { mode: 'calm' } } } = options;
  const { manager, time, operation = 'Update' } = options.writer ?? { manager: 'deployer', time: during };
  const fieldsV1 = Object.fromEntries(Object.entries(body).map(([field, value]) => [`f:${field}`, fieldsOf(value)]));
  const managedFields = [{ manager, operation, apiVersion, time, fieldsType: 'FieldsV1', fieldsV1 }];
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: 'shop',
      uid: options.uid ?? `uid-${name}`,
      resourceVersion: options.version ?? '1',
      managedFields,
      ...options.metadata,
    },
    ...body,
  };
}

function fieldsOf(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [`f:${field}`, fieldsOf(inner)]));
}

export function contentOf(object: KubeObject, member: Partial<Member> = {}): Content {
  const { apiVersion, kind, metadata } = object;
  return {
    object,
    member: {
      ref: { apiVersion, kind, namespace: 'shop', name: metadata.name },
      uid: String(metadata.uid),
      resourceVersion: String(metadata.resourceVersion),
      blob: JSON.stringify(object),
      terminating: false,
      because: 'selector',
      ...member,
    },
  };
}

/** The part taken right before the deploy; its census could read ConfigMaps and Deployments. */
export function partOf(options: { uids?: string[]; read?: string[]; members?: Member[]; census?: null } = {}): Part {
  const { uids = [], read = ['v1/ConfigMap', 'apps/v1/Deployment', 'v1/PersistentVolumeClaim'] } = options;
  return {
    version: 1,
    application: 'shop',
    environment: 'test',
    target: {
      id: 'eu',
      cluster: 'eu',
      namespace: 'shop',
      taskQueue: 'belay-work',
      watchQueue: 'belay-watch',
      lockNamespace: 'shop',
      scope: { refs: [], selector: 'app=shop', kinds: [], kindsAre: 'default', exclude: [] },
    },
    clusterId: 'uid-eu',
    serverTime: window.start,
    members: options.members ?? [],
    absences: [],
    census: options.census === null ? null : { uids, read, unreadable: [] },
    health: null,
  };
}

export function questionOf(options: Partial<PlanQuestion> = {}): PlanQuestion {
  return {
    baseline: [],
    live: [],
    before: partOf(),
    manifests: [],
    window,
    ignore: [],
    scalers: [],
    consent: [],
    missingOwners: new Set(),
    dependsOn: [],
    ...options,
  };
}
