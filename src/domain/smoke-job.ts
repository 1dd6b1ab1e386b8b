import type { ResolvedJob } from '../schema/detect.ts';
import type { JsonObject, KubeObject } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';
import { annotationsOf } from './kubernetes/identity.ts';
import { asRecord, at } from './kubernetes/json.ts';
import { groupKind } from './kubernetes/kinds.ts';

/** Which run's smoke test, and where. */
export interface SmokeTest {
  readonly operationId: string;
  readonly source: Pick<ResolvedJob, 'name' | 'timeout' | 'spec'>;
  readonly namespace: string;
  /** Answers the hash of a text in hex. */
  readonly sha256: (text: string) => string;
}

const annotation = 'belay.dev/smoke';
const prefix = 'belay-smoke-';

/** One per run and source: whoever starts it again finds the one that is there. */
export function smokeJobRef({ operationId, source, namespace, sha256 }: SmokeTest): ObjectRef {
  const name = `${prefix}${sha256(`${operationId}/${source.name}`).slice(0, 16)}`;
  return { apiVersion: 'batch/v1', kind: 'Job', namespace, name };
}

/** Of any run: no member of an application, whatever a scope says. */
export function isSmokeJob(ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'name'>): boolean {
  return groupKind(ref) === 'Job.batch' && /^belay-smoke-[0-9a-f]{16}$/.test(ref.name);
}

export function isOf({ operationId, source }: SmokeTest, job: KubeObject): boolean {
  return annotationsOf(job)[annotation] === `${operationId}/${source.name}`;
}

/** Watchers end it in time and read its log; should none be left, its controller does, so much later. */
const graceSeconds = 60;
const keptSeconds = 3600;

/** The labels are Belay's alone: an application's selector must not match it. Nobody has to take it away. */
export function smokeJob(test: SmokeTest): KubeObject {
  const { operationId, source, namespace } = test;
  const { apiVersion, kind, name } = smokeJobRef(test);
  const spec = source.spec as JsonObject;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'belay' },
      annotations: { [annotation]: `${operationId}/${source.name}` },
    },
    spec: {
      backoffLimit: 0,
      ...spec,
      activeDeadlineSeconds: Math.ceil(source.timeout / 1000) + graceSeconds,
      ttlSecondsAfterFinished: keptSeconds,
      template: withoutRestarts(asRecord(spec.template)),
    },
  };
}

/** With a container that is restarted in place, the log of its failure would go. */
function withoutRestarts(template: JsonObject): JsonObject {
  return { ...template, spec: { restartPolicy: 'Never', ...asRecord(at(template, 'spec')) } };
}
