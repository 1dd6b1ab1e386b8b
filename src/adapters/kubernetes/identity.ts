import type { ClusterIdentity } from '../../ports/cluster.ts';
import { isPortError, PortError } from '../../ports/port-error.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';
import { objectAt, textAt } from './json-access.ts';

/** What "the same cluster" means: the uid of `kube-system`, and in kcp, which has none, the logical cluster's name. */
export function readIdentity(client: ApiClient, workspace: string | undefined): Promise<ClusterIdentity> {
  return workspace === undefined ? readClusterIdentity(client) : readWorkspaceIdentity(client);
}

async function readClusterIdentity(client: ApiClient): Promise<ClusterIdentity> {
  const path = '/api/v1/namespaces/kube-system';
  const subject = { action: 'identify it by its namespace kube-system' };
  const answer = await client.call({ method: 'GET', path, effect: 'read', subject });
  const uid = textAt(objectAt(answer.body, 'metadata'), 'uid');
  if (uid === undefined) throw new PortError('invalid', `cluster ${client.cluster}: namespace kube-system has no uid`);
  return { uid, serverTime: serverTime(client, answer) };
}

/** kcp writes the name on every object; the first of these that the user may read tells it. */
const namedObjects = ['/apis/core.kcp.io/v1alpha1/logicalclusters/cluster', '/api/v1/namespaces/default'] as const;

/** A workspace's path can be given to another workspace, the name of a logical cluster cannot. */
async function readWorkspaceIdentity(client: ApiClient): Promise<ClusterIdentity> {
  let failure: PortError | undefined;
  for (const path of namedObjects) {
    const answer = await readName(client, path).catch(unlessUnreadable);
    if (isPortError(answer)) failure = answer;
    else if (answer) return answer;
  }
  throw failure ?? new PortError('invalid', `cluster ${client.cluster}: ${nameless}`);
}

async function readName(client: ApiClient, path: string): Promise<ClusterIdentity | undefined> {
  const subject = { action: `read the logical cluster's name from ${path}` };
  const answer = await client.call({ method: 'GET', path, effect: 'read', subject });
  const name = textAt(objectAt(objectAt(answer.body, 'metadata'), 'annotations'), 'kcp.io/cluster');
  return name === undefined ? undefined : { uid: name, serverTime: serverTime(client, answer) };
}

/** A missing right, or a kind that is not served, leaves the next object to ask. */
function unlessUnreadable(error: unknown): PortError {
  if (isPortError(error) && (error.kind === 'denied' || error.kind === 'notFound')) return error;
  throw error;
}

const nameless =
  'its workspace does not tell the name of its logical cluster (annotation kcp.io/cluster): is it kcp? If not, remove "workspace"';

function serverTime(client: ApiClient, { date }: ApiAnswer): string {
  const time = Date.parse(date ?? '');
  if (Number.isNaN(time)) {
    throw new PortError(
      'invalid',
      `cluster ${client.cluster}: its answers carry no Date header, so its clock is unknown`,
    );
  }
  return new Date(time).toISOString();
}
