import type { JsonObject } from '../../../src/sandbox/index.ts';
import type { Random } from '../random.ts';
import { type Kind, kindsIn } from './kinds.ts';
import { firstSettings, isTurned, type Knob, type Settings, turned, withSettings } from './knobs.ts';

/** How its team applies an object. */
export type Mode = 'client' | 'server';

export interface Planned {
  readonly kind: Kind;
  readonly name: string;
  readonly mode: Mode;
  readonly settings: Settings;
  /** Index of the object that owns it. */
  readonly owner: number | null;
  /** Whether an autoscaler sets its replicas. */
  readonly isScaled: boolean;
}

/** What the failed deploy does to an object. */
export type Fate =
  | { readonly kind: 'none' }
  | { readonly kind: 'apply'; readonly mode: Mode; readonly settings: Settings }
  | { readonly kind: 'patch'; readonly settings: Settings; readonly knob: number | null }
  | { readonly kind: 'label' }
  /** It is no longer what the selector finds. */
  | { readonly kind: 'unlabel' }
  | { readonly kind: 'scale'; readonly settings: Settings }
  | { readonly kind: 'delete' }
  /** Deleted and made anew. */
  | { readonly kind: 'remake'; readonly settings: Settings }
  /** Goes with its owner. */
  | { readonly kind: 'collected' };

export interface Deploy {
  readonly fates: readonly Fate[];
  readonly additions: readonly Planned[];
}

export interface Graph {
  readonly namespace: string;
  readonly group: string;
  readonly objects: readonly Planned[];
}

const scaled = 'spec.replicas';

export function drawGraph(random: Random, namespace: string, group: string): Graph {
  const kinds = kindsIn(group);
  const chosen = random.some(kinds, 12 + random.below(kinds.length - 11));
  const hasScaler = chosen.some(({ kind }) => kind === 'HorizontalPodAutoscaler');
  const objects = chosen.flatMap((kind) => {
    const count = kind.kind !== 'Job' && random.chance(0.25) ? 2 : 1;
    return Array.from({ length: count }, (_, index) => drawObject(random, kind, index, hasScaler));
  });
  return { namespace, group, objects: withOwners(random, objects) };
}

function drawObject(random: Random, kind: Kind, index: number, hasScaler: boolean): Planned {
  const name = `${kind.kind.toLowerCase()}${index === 0 ? '' : '-2'}`;
  const isScaled = hasScaler && name === 'deployment';
  const mode = random.pick(['client', 'server'] as const);
  const drawn = firstSettings(random, kind.knobs);
  const settings = isScaled ? drawn.map((value, knob) => (isReplicas(kind.knobs[knob]) ? undefined : value)) : drawn;
  return { kind, name, mode, owner: null, isScaled, settings };
}

function isReplicas(knob: Knob | undefined): boolean {
  return knob?.path.join('.') === scaled;
}

const ownedKinds: readonly string[] = ['ConfigMap', 'Secret', 'Role', 'NetworkPolicy', 'Widget', 'Service'];
const owningKinds: readonly string[] = ['Deployment', 'ServiceAccount', 'CronJob', 'Ingress', 'StatefulSet'];

function withOwners(random: Random, objects: readonly Planned[]): Planned[] {
  const owners = objects.flatMap(({ kind }, index) => (owningKinds.includes(kind.kind) ? [index] : []));
  return objects.map((object) => {
    const isOwned = owners.length > 0 && ownedKinds.includes(object.kind.kind) && random.chance(0.25);
    return isOwned ? { ...object, owner: random.pick(owners) } : object;
  });
}

export function drawDeploy(random: Random, { objects, group }: Graph): Deploy {
  const own = objects.map((object) => drawFate(random, object));
  const isGone = (index: number | null) => index !== null && ['delete', 'remake'].includes(own[index]?.kind ?? '');
  const fates = own.map((fate, index): Fate => (isGone(objects[index]?.owner ?? null) ? { kind: 'collected' } : fate));
  const additions = random.some(kindsIn(group), 1 + random.below(4)).map((kind): Planned => {
    const object = drawObject(random, kind, 0, false);
    return { ...object, name: `added-${object.name}` };
  });
  return { fates, additions };
}

function drawFate(random: Random, object: Planned): Fate {
  const { kind } = object;
  if (kind.deploys === 'never' || random.chance(0.3)) return { kind: 'none' };
  const settings = nextSettings(random, object, (knob) => !knob.fixed && random.chance(0.4));
  const mode = random.chance(0.2) ? otherMode(object.mode) : object.mode;
  const changing: readonly Fate[] = [
    { kind: 'apply', mode, settings },
    { kind: 'apply', mode, settings },
    { kind: 'apply', mode, settings },
    drawPatch(random, object),
    random.chance(0.5) ? { kind: 'label' } : { kind: 'unlabel' },
  ];
  const going: readonly Fate[] = [
    { kind: 'delete' },
    { kind: 'remake', settings: nextSettings(random, object, () => random.chance(0.4)) },
  ];
  const scaling = drawScale(random, object);
  return random.pick([...changing, ...(kind.deploys === 'kept' ? [] : going), ...scaling]);
}

function otherMode(mode: Mode): Mode {
  return mode === 'client' ? 'server' : 'client';
}

function drawScale(random: Random, { kind, settings, isScaled }: Planned): Fate[] {
  const index = kind.knobs.findIndex(isReplicas);
  if (index < 0 || isScaled) return [];
  const replicas = random.pick([0, 1, 2, 3].filter((count) => count !== (settings[index] ?? 1)));
  return [{ kind: 'scale', settings: settings.map((value, knob) => (knob === index ? replicas : value)) }];
}

/** A field that is there, or whose map is; JSON patch makes no maps on its way. */
function drawPatch(random: Random, object: Planned): Fate {
  const { kind, settings } = object;
  const fit = kind.knobs.flatMap((knob, index) =>
    settings[index] !== undefined && !knob.fixed && !(object.isScaled && isReplicas(knob)) ? [index] : [],
  );
  if (fit.length === 0) return { kind: 'patch', settings, knob: null };
  const knob = random.pick(fit);
  return { kind: 'patch', knob, settings: nextSettings(random, object, (_, index) => index === knob) };
}

function nextSettings(
  random: Random,
  { kind, settings, isScaled }: Planned,
  isMeant: (knob: Knob, index: number) => boolean,
): Settings {
  return kind.knobs.map((knob, index) => {
    const was = settings[index];
    if ((isScaled && isReplicas(knob)) || !isMeant(knob, index)) return was;
    return turned(random, knob, was);
  });
}

/**
 * The team's next version of what the rollback wrote: every field that the deploy had touched gets a value that is not
 * the restored one, or goes.
 */
export function nextVersion(random: Random, object: Planned, fate: Fate): Settings {
  const failed = 'settings' in fate ? fate.settings : null;
  const drawn = nextSettings(random, object, (knob, index) => {
    if (knob.fixed) return false;
    const isTouched = failed !== null && isTurned(failed[index], object.settings[index]);
    return isTouched || (!knob.later && random.chance(0.4));
  });
  return drawn;
}

export function manifestOf(
  { namespace, group }: Graph,
  { kind, name, settings }: Planned,
  next?: Settings,
): JsonObject {
  const metadata = { name, namespace, labels: { app: namespace } };
  const skeleton = {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata,
    ...kind.body({ name, app: namespace, group }),
  };
  return withSettings(skeleton, kind.knobs, next ?? settings);
}
