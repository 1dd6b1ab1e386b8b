import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { at, type Json, type JsonObject, numberAt, textAt } from '../../src/sandbox/index.ts';
import { pollUntil } from '../support/poll.ts';
import type { LabClient } from './client.ts';

/** One request as the API server logged it. */
export interface AuditEntry {
  /** The user acted as, where one user acts as another. */
  readonly user: string;
  readonly userAgent: string;
  /** Kubernetes' own words: get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  readonly requestURI: string;
  /** 0 while it lasts (watches). */
  readonly code: number;
  /** Asked for in the URL; one asked for in the body of a DELETE does not show. */
  readonly dryRun: boolean;
  readonly objectRef: AuditedObject | undefined;
  /** ISO 8601 with microseconds: when the request came in. */
  readonly at: string;
}

export interface AuditedObject {
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Everything but what keeps the cluster itself going, whose reads would bury the rest. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:node:lab', 'system:apiserver'] },
    { level: 'None', nonResourceURLs: ['/readyz*', '/livez*', '/healthz*'] },
    { level: 'None', users: ['system:kube-controller-manager'], verbs: ['get', 'list', 'watch'] },
    { level: 'None', userGroups: ['system:serviceaccounts:kube-system'], verbs: ['get', 'list', 'watch'] },
    { level: 'Metadata' },
  ],
};

/** All requests answered before the call, oldest first: a request of our own marks how far the log must have come. */
export async function readAudit(file: string, admin: LabClient): Promise<AuditEntry[]> {
  const mark = `/version?mark=${randomUUID()}`;
  await admin.get(mark);
  const text = await pollUntil(
    'the audit log to be written',
    () => readFile(file, 'utf8'),
    (read) => read.includes(mark),
  );
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject);
  // A watch is logged when it starts and when it ends: the later entry has the final word.
  const byId = new Map(events.map((event) => [textAt(event, 'auditID'), event]));
  return [...byId.values()].map(entryOf).filter(({ requestURI }) => !requestURI.startsWith('/version?mark='));
}

function entryOf(event: JsonObject): AuditEntry {
  const requestURI = textAt(event, 'requestURI') ?? '';
  const query = new URLSearchParams(requestURI.split('?')[1] ?? '');
  return {
    user: textAt(event, 'impersonatedUser', 'username') ?? textAt(event, 'user', 'username') ?? '',
    userAgent: textAt(event, 'userAgent') ?? '',
    verb: textAt(event, 'verb') ?? '',
    requestURI,
    code: numberAt(event, 'responseStatus', 'code') ?? 0,
    dryRun: query.has('dryRun'),
    objectRef: objectOf(at(event, 'objectRef')),
    at: textAt(event, 'requestReceivedTimestamp') ?? '',
  };
}

function objectOf(ref: Json | undefined): AuditedObject | undefined {
  if (ref === undefined) return undefined;
  const text = (key: string) => textAt(ref, key) ?? '';
  return {
    apiGroup: text('apiGroup'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  };
}
