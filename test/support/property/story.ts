import { type JsonObject, textAt } from '../../../src/sandbox/index.ts';
import type { LabClient } from '../../lab/client.ts';
import { pollUntil } from '../poll.ts';
import { createRandom, type Random } from '../random.ts';
import {
  type Deploy,
  drawDeploy,
  drawGraph,
  type Fate,
  type Graph,
  manifestOf,
  nextVersion,
  type Planned,
} from './graph.ts';
import { collectionOf } from './kinds.ts';
import { isTurned, type Path, pointerOf, type Settings, valueAt } from './knobs.ts';
import type { Sender, ToApply } from './senders.ts';
import { holds, type State } from './state.ts';

/** What one seed stands for: objects, what a deploy does to them, and the team's version after the rollback. */
export interface Story {
  readonly random: Random;
  readonly graph: Graph;
  readonly deploy: Deploy;
}

export function drawStory(seed: number, namespace: string, group: string): Story {
  const random = createRandom(seed);
  const graph = drawGraph(random, namespace, group);
  return { random, graph, deploy: drawDeploy(random, graph) };
}

function toApply(graph: Graph, object: Planned, settings?: Settings): ToApply {
  return { kind: object.kind, name: object.name, manifest: manifestOf(graph, object, settings) };
}

/** Made by the team, each object by the way it goes; and owned as drawn. */
export async function install({ graph }: Story, sender: Sender, admin: LabClient): Promise<void> {
  for (const mode of ['client', 'server'] as const) {
    const own = graph.objects.filter((object) => object.mode === mode);
    await sender.apply(
      own.map((object) => toApply(graph, object)),
      mode,
      'unforced',
    );
  }
  for (const object of graph.objects) {
    const owner = graph.objects[object.owner ?? -1];
    if (owner) await own(admin, pathOf(graph, object), owner, await admin.get(pathOf(graph, owner)));
  }
}

function pathOf({ namespace }: Graph, { kind, name }: Pick<Planned, 'kind' | 'name'>): string {
  return `${collectionOf(kind, namespace)}/${name}`;
}

async function own(admin: LabClient, path: string, { kind, name }: Planned, owner: JsonObject): Promise<void> {
  const uid = textAt(owner, 'metadata', 'uid') ?? '';
  const ownerReferences = [{ apiVersion: kind.apiVersion, kind: kind.kind, name, uid }];
  await admin.patch(path, { metadata: { ownerReferences } });
}

/** The failed deploy; answers when what it took along is gone. How many requests it made for one object each. */
export async function breakIt({ graph, deploy }: Story, sender: Sender, admin: LabClient): Promise<number> {
  const fated = graph.objects.flatMap((object, index) => {
    const fate = deploy.fates[index];
    return fate && fate.kind !== 'none' && fate.kind !== 'collected' ? [{ object, fate }] : [];
  });
  for (const mode of ['client', 'server'] as const) {
    const changed = fated.flatMap(({ object, fate }) =>
      fate.kind === 'apply' && fate.mode === mode ? [toApply(graph, object, fate.settings)] : [],
    );
    const added = deploy.additions.filter((object) => object.mode === mode).map((object) => toApply(graph, object));
    await sender.apply([...changed, ...added], mode, 'forced');
  }
  for (const { object, fate } of fated) await touch(graph, sender, object, fate);
  await takeAway(graph, sender, fated);
  await awaitCollected({ graph, deploy }, admin);
  return fated.length + deploy.additions.length;
}

async function touch(graph: Graph, sender: Sender, object: Planned, fate: Fate): Promise<void> {
  switch (fate.kind) {
    case 'patch':
      return await sender.patch(object, operationsOf(object, fate));
    case 'label':
      return await sender.label(object, { stage: 'failed' });
    case 'unlabel':
      return await sender.label(object, { app: null, stage: `failed-${graph.namespace}` });
    case 'scale':
      return await sender.scale(object, replicasOf(object, fate.settings));
    default:
  }
}

function replicasOf({ kind }: Planned, settings: Settings): number {
  return Number(settings[kind.knobs.findIndex(({ path }) => path.join('.') === 'spec.replicas')] ?? 1);
}

function operationsOf({ kind }: Planned, { settings, knob }: Extract<Fate, { kind: 'patch' }>): JsonObject[] {
  const extra = { op: 'add', path: '/metadata/labels/patched', value: 'yes' };
  const found = knob === null ? undefined : kind.knobs[knob];
  if (!found || knob === null) return [extra];
  const path = pointerOf(found.path);
  const value = settings[knob];
  return [extra, value === undefined ? { op: 'remove', path } : { op: 'replace', path, value }];
}

interface Fated {
  readonly object: Planned;
  readonly fate: Fate;
}

async function takeAway(graph: Graph, sender: Sender, fated: readonly Fated[]): Promise<void> {
  await sender.remove(
    fated.filter(({ fate }) => fate.kind === 'delete' || fate.kind === 'remake').map(({ object }) => object),
  );
  for (const mode of ['client', 'server'] as const) {
    const made = fated.flatMap(({ object, fate }) =>
      fate.kind === 'remake' && object.mode === mode ? [toApply(graph, object, fate.settings)] : [],
    );
    await sender.apply(made, mode, 'forced');
  }
}

/** The garbage collector takes its time. */
async function awaitCollected({ graph, deploy }: Pick<Story, 'graph' | 'deploy'>, admin: LabClient): Promise<void> {
  const going = graph.objects.filter((_, index) => deploy.fates[index]?.kind === 'collected');
  await Promise.all(
    going.map(async (object) => {
      const path = pathOf(graph, object);
      await pollUntil(
        `${path} to go with its owner`,
        () => admin.read(path),
        (live) => live === undefined,
      );
    }),
  );
}

export interface NextVersion {
  readonly object: Planned;
  readonly settings: Settings;
}

/** What the team does next: it changes and removes fields that the rollback wrote. */
export function drawNext({ random, graph, deploy }: Story): NextVersion[] {
  return graph.objects.flatMap((object, index): NextVersion[] => {
    const fate = deploy.fates[index];
    if (!fate || fate.kind === 'none') return [];
    return [{ object, settings: nextVersion(random, object, fate) }];
  });
}

export async function applyNext({ graph }: Story, next: readonly NextVersion[], sender: Sender): Promise<void> {
  for (const mode of ['client', 'server'] as const) {
    const own = next.filter(({ object }) => object.mode === mode);
    await sender.apply(
      own.map(({ object, settings }) => toApply(graph, object, settings)),
      mode,
      'unforced',
    );
  }
}

/** Fields of the new version that did not take effect; none when all is well. */
export function unmoved({ graph }: Story, next: readonly NextVersion[], before: State, after: State): string[] {
  return next.flatMap(({ object, settings }) => {
    const key = `${object.kind.kind}/${object.name}`;
    const [was, is] = [before.get(key), after.get(key)];
    const lacks = holds(is, asListed(manifestOf(graph, object, settings)))
      ? []
      : [`${key} of ${object.mode} is not what was applied`];
    const stuck = object.kind.knobs.filter(
      ({ path }, index) =>
        isTurned(object.settings[index], settings[index]) && !isTurned(valueAt(was, path), valueAt(is, path)),
    );
    const values = (path: Path) => JSON.stringify([valueAt(was, path), valueAt(is, path)]);
    return [...lacks, ...stuck.map(({ path }) => `${key} ${pointerOf(path)} did not change: ${values(path)}`)];
  });
}

/** Items of a list do not say what they are. */
function asListed({ apiVersion: _apiVersion, kind: _kind, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** What the deploy did to the objects that a text names, for whoever has to find out. */
export function fatesNamedIn(text: string, { graph, deploy }: Story): string[] {
  return graph.objects.flatMap(({ kind, name, mode }, index) =>
    text.includes(`${kind.kind}/${name}:`) ? [`${name} of ${mode}: ${JSON.stringify(deploy.fates[index])}`] : [],
  );
}
