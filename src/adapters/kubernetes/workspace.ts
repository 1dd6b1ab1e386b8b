import { PortError, type PortErrorKind } from '../../ports/port-error.ts';
import type { Json } from '../../schema/json.ts';
import type { RawAnswer } from './answer-reader.ts';
import type { ClusterConnection } from './connection.ts';
import { objectAt, textAt } from './json-access.ts';

/**
 * Where a cluster entry's requests go. A server that is `/clusters/<workspace>` already is taken at its word; one of
 * another product that only ends like this, such as Rancher's `/k8s/clusters/<id>`, is no kcp.
 */
export function placeOfWorkspace(
  place: string,
  server: string,
  workspace: string | undefined,
): Pick<ClusterConnection, 'server' | 'workspace'> {
  const path = new URL(server).pathname;
  if (workspace !== undefined && /\/clusters\/[^/]+\/*$/.test(path)) {
    const text = `${place}: workspace is refused: its server ends in ${path} already: remove one of the two`;
    throw new PortError('invalid', text, { reason: 'KubeconfigRefused', fields: ['workspace'] });
  }
  if (workspace !== undefined) return { server: `${server.replace(/\/+$/, '')}/clusters/${workspace}`, workspace };
  const [, named] = /^\/clusters\/([^/]+)\/*$/.exec(path) ?? [];
  return named === undefined ? { server } : { server, workspace: decodeURIComponent(named) };
}

interface About {
  readonly workspace?: string;
  readonly subject: { readonly kind?: string };
}

/**
 * kcp's 404 for a path that leads nowhere is about `workspaces.tenancy.kcp.io`: it says nothing about the object that
 * was asked for. Where a Workspace was asked for, only its name tells.
 */
export function isAboutWorkspacePath({ workspace, subject }: About, status: Json): boolean {
  const { kind, group, name } = objectAt(status, 'details');
  if (kind !== 'workspaces' || group !== 'tenancy.kcp.io') return false;
  return subject.kind !== 'Workspace' || name === workspace || name === workspace?.split(':').at(-1);
}

interface Trouble {
  readonly kind: PortErrorKind;
  readonly reason: string;
  readonly text: string;
}

/** What an answer says about the workspace itself, which is no answer to the question that was asked in it. */
export function troubleWithWorkspace(about: About, answer: RawAnswer, status: Json): Trouble | undefined {
  if (answer.status === 404 && isAboutWorkspacePath(about, status)) return nowhere;
  if (about.workspace === undefined) return undefined;
  if (answer.status === 403) return isWholeWorkspace(status) ? closed : undefined;
  // Kubernetes' own "try again" is a `Status`; these two are plain text.
  if (textAt(status, 'kind') === 'Status') return undefined;
  if (answer.status === 429) return elsewhere;
  return answer.status === 503 && answer.headers['retry-after'] !== undefined ? moving : undefined;
}

const nowhere: Trouble = {
  kind: 'unavailable',
  reason: 'WorkspaceNotFound',
  text: 'the path of the workspace leads nowhere: it, or a parent of it, was deleted or renamed',
};

const closed: Trouble = {
  kind: 'denied',
  reason: 'WorkspaceForbidden',
  text: 'the workspace is unknown, not ready, or closed to this user',
};

const elsewhere: Trouble = {
  kind: 'unavailable',
  reason: 'WrongShard',
  text: 'the workspace is on another shard, kcp asks to try again',
};

const moving: Trouble = {
  kind: 'unavailable',
  reason: 'WorkspaceMoving',
  text: 'the workspace does not serve now, it may be moving to another shard: kcp asks to try again',
};

/** A missing right inside a workspace is worded as Kubernetes words it; these are kcp's words for the whole of it. */
function isWholeWorkspace(status: Json): boolean {
  return /access (denied|not permitted)|not permitted due to phase/.test(textAt(status, 'message') ?? '');
}
