import { isAssessed } from '../src/domain/kubernetes/assessed-kinds.ts';
import { ruleHealth } from '../src/domain/kubernetes/health-rules.ts';
import { isUndiscovered } from '../src/domain/kubernetes/platform-status.ts';
import type { Known } from '../src/domain/kubernetes/workloads.ts';
import type { Cluster, ServedType } from '../src/ports/cluster.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ResolvedRequest } from '../src/schema/resolved-request.ts';
import type { Dependencies } from './dependencies.ts';
import { via } from './failures.ts';

interface Question {
  readonly cluster: Cluster;
  readonly request: ResolvedRequest;
  readonly members: readonly KubeObject[];
}

/** What judging health needs beside the objects: the request's rules, and what the cluster serves. */
export async function knownOf(
  { expressions }: Pick<Dependencies, 'expressions'>,
  { cluster, request, members }: Question,
): Promise<Known> {
  return { rule: ruleHealth(request.health ?? [], expressions.evaluate), served: await servedBy(cluster, members) };
}

/** Discovery is kept for a while; a definition that came since is worth another look. */
async function servedBy(cluster: Cluster, members: readonly KubeObject[]): Promise<ReadonlySet<string>> {
  const served = namesOf(await via('cluster', () => cluster.discover()));
  if (!members.some((member) => isUndiscovered(member, served))) return served;
  return namesOf(await via('cluster', () => cluster.discover('refresh')));
}

function namesOf(types: readonly ServedType[]): ReadonlySet<string> {
  return new Set(types.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
}

/** Kinds that need to be read to judge this request's health. */
export function assessedIn({ health }: ResolvedRequest): ReturnType<typeof isAssessed> {
  return isAssessed((health ?? []).map(({ kind }) => kind));
}
