import { createHash } from 'node:crypto';
import {
  bindingOf,
  type Freeze,
  freezeName,
  freezeRefs,
  isFreeze,
  policyKind,
  policyOf,
  probeOf,
  servesFreeze,
} from '../src/domain/freeze.ts';
import { fenceOf, refOf } from '../src/domain/kubernetes/identity.ts';
import { leaseName } from '../src/domain/lease-name.ts';
import type { Cluster, WriteOptions } from '../src/ports/cluster.ts';
import { isPortError, PortError } from '../src/ports/port-error.ts';
import type { FreezeActivities, FreezeInput, FreezeReport, ThawReport } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import { attemptOptions, becomesTrue } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';
import { failureOf, via } from './failures.ts';

/** An API server takes up to a second until a policy is in force, or is not any more. */
const lookEvery = 200;

/**
 * One policy and its binding per application and cluster. It is no fence (that is uid and resourceVersion of every
 * write): it spares people and the run the meeting.
 */
export function createFreezeActivities(deps: Dependencies): FreezeActivities {
  return {
    freezeCluster: (input) => orReason(input, 'impossible', async () => await freeze(await openPlace(deps, input))),
    thawCluster: (input) => orReason(input, 'failed', async () => await thaw(await openPlace(deps, input))),
  };
}

interface Place {
  readonly cluster: Cluster;
  readonly input: FreezeInput;
  readonly name: string;
  readonly options: WriteOptions;
}

async function openPlace(deps: Dependencies, input: FreezeInput): Promise<Place> {
  const options = attemptOptions(input.run);
  const cluster = await via('cluster', async () => deps.clusters(input.cluster));
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  return { cluster, input, options, name: freezeName(leaseName(input.run, sha256)) };
}

async function freeze(place: Place): Promise<FreezeReport> {
  const { cluster, input, name, options } = place;
  if (!(await isServed(cluster))) {
    const reason = `${input.cluster} does not serve ${policyKind.kind} of ${policyKind.apiVersion}`;
    return { kind: 'impossible', reason };
  }
  const [namespace = ''] = input.namespaces;
  if (!(await cluster.mayI('create', refOf(probeOf(name, namespace)))))
    return { kind: 'impossible', reason: `${input.cluster}: may not create ConfigMaps in ${namespace}, to try it out` };
  const { application, environment, workflowId, operationId } = input.run;
  const wanted: Freeze = {
    name,
    namespaces: input.namespaces,
    user: await cluster.whoAmI(),
    application: `${environment}/${application}`,
    workflowId,
    operationId,
  };
  await putUp(place, policyOf(wanted));
  await putUp(place, bindingOf(wanted));
  if (await becomesTrue(options, lookEvery, () => isInForce(place))) return { kind: 'frozen' };
  return { kind: 'impossible', reason: `${input.cluster}: ${name} is there, but writes are not turned away` };
}

/** One that is left of another run is not about the same run, and perhaps not about the same namespaces. */
async function putUp({ cluster, options }: Place, wanted: KubeObject): Promise<void> {
  const live = await cluster.get(refOf(wanted));
  if (!live) await cluster.create(wanted, options);
  else if (isFreeze(live)) await cluster.replace(wanted, fenceOf(live), options);
  else throw new PortError('denied', `${wanted.kind} ${wanted.metadata.name} is there already and not Belay's`);
}

/** Deletes the binding first: without it a policy does nothing. Whoever may not even look has made none. */
async function thaw(place: Place): Promise<ThawReport> {
  const { cluster, name, options } = place;
  if (!(await isServed(cluster))) return { kind: 'thawed' };
  const { policy, binding } = freezeRefs(name);
  for (const ref of [binding, policy]) {
    const live = await readIfAllowed(cluster, ref);
    if (live && isFreeze(live)) await cluster.remove(ref, fenceOf(live), options);
  }
  if (await becomesTrue(options, lookEvery, async () => !(await isInForce(place)))) return { kind: 'thawed' };
  return { kind: 'failed', reason: `${name} is deleted, but writes are still turned away` };
}

async function readIfAllowed(cluster: Cluster, ref: ObjectRef): Promise<KubeObject | undefined> {
  try {
    return await cluster.get(ref);
  } catch (error) {
    if (isPortError(error) && error.kind === 'denied') return undefined;
    throw error;
  }
}

async function isServed(cluster: Cluster): Promise<boolean> {
  return servesFreeze(await cluster.discover());
}

/** Never trusted because it was written: a write that it must turn away is sent as a dry run. */
async function isInForce({ cluster, input, name, options }: Place): Promise<boolean> {
  const [namespace = ''] = input.namespaces;
  try {
    await cluster.create(probeOf(name, namespace), { ...options, mode: 'prove' });
    return false;
  } catch (error) {
    if (!isPortError(error) || error.kind === 'unavailable' || error.kind === 'unclear') throw error;
    // Any other no is not ours.
    return error.kind === 'denied' && error.message.includes(`'${name}'`);
  }
}

/** A definite no is an answer; what may pass is asked again. */
async function orReason<Kind extends 'impossible' | 'failed', Report>(
  { cluster }: FreezeInput,
  kind: Kind,
  work: () => Promise<Report>,
): Promise<Report | { readonly kind: Kind; readonly reason: string }> {
  try {
    return await work();
  } catch (error) {
    if (!isPortError(error)) throw error;
    const isDefinite = error.kind === 'denied' || error.kind === 'invalid' || error.kind === 'notFound';
    if (!isDefinite) throw failureOf('cluster', error);
    return { kind, reason: `${cluster}: ${error.message}` };
  }
}
