import type { Consent, ConsentKind } from '../../schema/consent.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { ResolvedTarget } from '../../schema/resolved-request.ts';
import { freezeName } from '../freeze.ts';
import { aimingKinds } from '../kubernetes/closure.ts';
import { groupKind, groupOf, isBuiltIn } from '../kubernetes/kinds.ts';
import { holdsData } from '../plan/data.ts';
import { fluxNeeds, recordsIn } from './inventory.ts';
import { type Members, membersOf, needFor, placeIn } from './members.ts';
import type { Need } from './rules.ts';
import type { ServedKind, Types } from './types.ts';
import { type Use, uses } from './uses.ts';

export interface NeedsQuestion {
  /** All that are in one cluster, with every default filled in. */
  readonly targets: readonly ResolvedTarget[];
  /** What the deploy will apply. */
  readonly manifests: readonly ObjectRef[];
  readonly consent: readonly Consent[];
  /** What the cluster serves now. */
  readonly types: Types;
  /** Name of the application's Lease. */
  readonly lease: string;
  /** Ids of the targets that a smoke test runs in. */
  readonly smokeTests: readonly string[];
  /** Whether others are kept from writing while a rollback is under way. */
  readonly freezes: boolean;
  /** A kcp workspace has no `kube-system` and tells who it is in another way. */
  readonly identity: 'cluster' | 'workspace';
}

/** Everything the worker does in this cluster for this application. */
export function needsOf(question: NeedsQuestion): readonly Need[] {
  const { targets, lease, identity, types } = question;
  return [
    ...targets.flatMap((target) => targetNeeds(question, target)),
    ...targets.map(({ lockNamespace }) => lockNeed(lockNamespace, lease)),
    identityNeed(identity, types),
    ...targets.filter(({ id }) => question.smokeTests.includes(id)).flatMap(smokeTestNeeds),
    ...(question.freezes ? freezeNeeds(question) : []),
  ];
}

function targetNeeds(question: NeedsQuestion, target: ResolvedTarget): readonly Need[] {
  const { types } = question;
  const own = [...listedMembers(question, target), ...namedMembers(question, target), ...recordsIn(target, types)];
  const members = target.scope.closure ? [...own, ...closureOf(types, own)] : own;
  const places = [...new Set([target.namespace, ...members.flatMap(({ place }) => place ?? [])])];
  return [
    ...members.flatMap((member) => restoreNeeds(question, member)),
    ...fluxNeeds(target, types),
    ...places.flatMap((namespace) => evidenceNeeds(types, namespace)),
    ...healingPlaces(types, members).flatMap(healingNeeds),
  ];
}

/** Where objects are found by kind; those that an inventory names are taken to be of these kinds, too. */
function listedMembers({ types }: NeedsQuestion, { scope, namespace }: ResolvedTarget): readonly Members[] {
  const areUsed = scope.selector !== null || (scope.inventory ?? []).length > 0;
  const kinds = areUsed ? scope.kinds.flatMap((kind) => types.named(kind) ?? []) : [];
  return kinds.map((type) => ({ type, place: placeIn(type, namespace), names: null }));
}

function namedMembers({ types, manifests }: NeedsQuestion, { scope, namespace }: ResolvedTarget): readonly Members[] {
  return [...scope.refs, ...manifests].flatMap((ref) =>
    membersOf(types, groupKind(ref), { namespace: ref.namespace ?? namespace, names: [ref.name] }),
  );
}

/** What a pod may name. */
const namedByPods: readonly string[] = ['ConfigMap', 'Secret', 'PersistentVolumeClaim', 'ServiceAccount'];

/** Built-in kinds with a pod template; a custom resource may have one, too. */
const podMakers: readonly string[] = [
  'Pod',
  'ReplicationController',
  ...['Deployment.apps', 'StatefulSet.apps', 'DaemonSet.apps', 'ReplicaSet.apps', 'Job.batch', 'CronJob.batch'],
];

/** Restored with members: what their pods name, what aims at them, and what defines their kinds. */
function closureOf(types: Types, members: readonly Members[]): readonly Members[] {
  const makers = members.filter(({ type }) => !isBuiltIn(type) || podMakers.includes(groupKind(type)));
  const places = [...new Set(makers.flatMap(({ place }) => place ?? []))];
  const around = [...namedByPods, ...aimingKinds];
  const near = places.flatMap((namespace) =>
    around.flatMap((kind) => membersOf(types, kind, { namespace, names: null })),
  );
  return [...near, ...definitionsOf(types, members)];
}

function definitionsOf(types: Types, members: readonly Members[]): readonly Members[] {
  const custom = members.filter(({ type }) => !isBuiltIn(type));
  const names = custom.map(({ type }) => `${type.resource}.${groupOf(type.apiVersion)}`);
  if (names.length === 0) return [];
  const definition = 'CustomResourceDefinition.apiextensions.k8s.io';
  return membersOf(types, definition, { namespace: '', names: [...new Set(names)] });
}

function restoreNeeds({ consent }: NeedsQuestion, members: Members): readonly Need[] {
  const steps: readonly Use[] = [
    members.names === null ? uses.read : uses.look,
    uses.putBack,
    ...(mayBe(consent, 'recreate', members.type) ? [uses.makeAnew, uses.remove] : []),
    ...(mayBe(consent, 'delete', members.type) ? [uses.remove] : []),
  ];
  return steps.map((use) => needFor(members, use));
}

/** What holds data is neither deleted nor made anew, empty, without consent. */
function mayBe(consents: readonly Consent[], wanted: ConsentKind, type: ServedKind): boolean {
  const kind = `${type.apiVersion}/${type.kind}`;
  const isConsented = ({ allow, kind: only }: Consent) => allow === wanted && (only === undefined || only === kind);
  return !holdsData(type) || consents.some(isConsented);
}

/** Asked in every namespace where something may have to be pruned. */
function evidenceNeeds(types: Types, namespace: string): readonly Need[] {
  const all = (kind: string) => membersOf(types, kind, { namespace, names: null });
  return [
    ...['Pod', 'ReplicaSet.apps'].flatMap(all).map((members) => needFor(members, uses.health)),
    ...all('HorizontalPodAutoscaler.autoscaling').map((members) => needFor(members, uses.scalers)),
  ];
}

/** Where members make pods. */
function healingPlaces(types: Types, members: readonly Members[]): readonly string[] {
  const makers = members.filter(({ type }) => podMakers.includes(groupKind(type)));
  return types.named('v1/Pod') ? [...new Set(makers.flatMap(({ place }) => place ?? []))] : [];
}

function healingNeeds(place: string): readonly Need[] {
  const pods = { place, group: '', names: null };
  return [
    { ...pods, resource: 'pods', ...uses.unstick },
    { ...pods, resource: 'pods/eviction', ...uses.restart },
  ];
}

/** Every API server has Leases. Where they are kept need not be where the application is. */
function lockNeed(place: string, lease: string): Need {
  return { place, group: 'coordination.k8s.io', resource: 'leases', names: [lease], ...uses.lock };
}

function smokeTestNeeds({ namespace: place }: ResolvedTarget): readonly Need[] {
  return [
    { place, group: 'batch', resource: 'jobs', names: null, ...uses.smokeJob },
    { place, group: '', resource: 'pods', names: null, ...uses.health },
    { place, group: '', resource: 'pods/log', names: null, ...uses.smokeLog },
  ];
}

/** Policies live in no namespace; whether they are in force is tried out in the first of those that they are for. */
function freezeNeeds({ lease, targets }: NeedsQuestion): readonly Need[] {
  const about = { place: null, group: 'admissionregistration.k8s.io', names: [freezeName(lease)], ...uses.freeze };
  const resources = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'];
  const [first] = targets;
  const probe = first && { place: first.namespace, group: '', resource: 'configmaps', names: null, ...uses.probe };
  return [...resources.map((resource) => ({ ...about, resource })), ...(probe ? [probe] : [])];
}

function identityNeed(identity: NeedsQuestion['identity'], types: Types): Need {
  const namespace = { place: null, group: '', resource: 'namespaces', ...uses.identity };
  if (identity === 'cluster') return { ...namespace, names: ['kube-system'] };
  const [logical] = membersOf(types, 'LogicalCluster.core.kcp.io', { namespace: '', names: ['cluster'] });
  return logical ? needFor(logical, uses.identity) : { ...namespace, names: ['default'] };
}
