import { type JsonObject, objectAt, objectsAt, textAt } from './json.ts';
import { badRequest } from './status-errors.ts';
import { containersOf, imageOf, tagOf } from './workloads/containers.ts';

/** What a container of a pod has printed so far, as its image's tag says. */
export function logOf(pod: JsonObject, query: URLSearchParams): string {
  const container = chosen(pod, query.get('container'));
  const tail = Number(query.get('tailLines') ?? Number.POSITIVE_INFINITY);
  const lines = printed(pod, container).slice(-tail);
  return lines.map((line) => `${line}\n`).join('');
}

function chosen(pod: JsonObject, name: string | null): JsonObject {
  const containers = containersOf(pod).map(({ container }) => container);
  const found = name === null && containers.length === 1 ? containers[0] : named(containers, name);
  if (found !== undefined) return found;
  const pods = textAt(pod, 'metadata', 'name');
  const names = containers.map((container) => textAt(container, 'name')).join(' ');
  throw badRequest(
    name === null
      ? `a container name must be specified for pod ${pods}, choose one of: [${names}]`
      : `container ${name} is not valid for pod ${pods}`,
  );
}

function named(list: readonly JsonObject[], name: string | null): JsonObject | undefined {
  return list.find((one) => textAt(one, 'name') === name);
}

function printed(pod: JsonObject, container: JsonObject): readonly string[] {
  const name = textAt(container, 'name') ?? '';
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((list) => objectsAt(pod, 'status', list));
  const status = named(statuses, name);
  const isStarted = 'running' in objectAt(status, 'state') || 'terminated' in objectAt(status, 'state');
  if (!isStarted) {
    const why = textAt(status, 'state', 'waiting', 'reason') ?? 'ContainerCreating';
    const podName = textAt(pod, 'metadata', 'name');
    throw badRequest(`container "${name}" in pod "${podName}" is waiting to start: ${why}`);
  }
  const image = imageOf(container);
  return [`${image} starts`, ...lastWords(tagOf(image), status)];
}

/** What is killed says nothing more. */
function lastWords(tag: string, status: JsonObject | undefined): readonly string[] {
  if (!('terminated' in objectAt(status, 'state')) || tag.includes('oom')) return [];
  return [tag.includes('crash') ? 'error: the check has failed' : 'all is well'];
}
