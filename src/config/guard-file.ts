import { relative } from 'node:path';
import { ruleProblems } from '../domain/kubernetes/health-rules.ts';
import type { Expressions } from '../ports/expressions.ts';
import { type GuardFile, guardFileSchema } from '../schema/guard-spec.ts';
import type { ObjectRef } from '../schema/object-ref.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { didYouMean } from './did-you-mean.ts';
import { readManifests } from './manifests.ts';
import { problemsOf } from './schema-problems.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

export interface GuardFileOptions {
  /** Names in `belay.yaml`; a target that names another cluster is an error. Unchecked when left out. */
  readonly clusters?: readonly string[];
  /** What messages call the file; the path itself unless given. */
  readonly shown?: string;
  /** Checks conditions, where the file has any. They are unchecked when left out. */
  readonly expressions?: () => Promise<Expressions>;
}

export interface LoadedGuard {
  readonly path: string;
  readonly spec: Omit<GuardFile, 'manifests'>;
  /** What the manifests name; nothing else of their content is kept. */
  readonly manifests: readonly ObjectRef[];
}

/** Reads and checks `guard.yaml` and the manifests it names. Throws `ConfigError` with all problems at once. */
export async function loadGuardFile(path: string, options: GuardFileOptions = {}): Promise<LoadedGuard> {
  const source = await readYaml(path, options.shown ?? (relative(process.cwd(), path) || path));
  if (source.value === null || source.value === undefined) throw emptyFile(source);
  const parsed = guardFileSchema.safeParse(source.value);
  const problems = [
    ...schemaProblems(source, parsed.error?.issues ?? []),
    ...unknownClusters(source, options.clusters),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  await rejectBadExpressions(source, parsed.data, options.expressions);
  const { manifests, ...spec } = parsed.data;
  return { path, spec, manifests: await readManifests(manifests ?? [], { guardPath: path, source }) };
}

function emptyFile(source: YamlSource): ConfigError {
  const place = { line: 1, column: 1 };
  const fix = 'write at least "application", "environment" and "targets"';
  return new ConfigError([{ file: source.shown, place, field: '', what: 'is empty', fix }]);
}

function schemaProblems(source: YamlSource, issues: Parameters<typeof problemsOf>[0]): ConfigProblem[] {
  return problemsOf(issues, {
    schema: guardFileSchema,
    value: source.value,
    originOf: (path) => ({ file: source.shown, place: source.placeOf(path) }),
    originOfKey: (path, key) => ({ file: source.shown, place: source.placeOfKey(path, key) }),
  });
}

async function rejectBadExpressions(
  source: YamlSource,
  { health }: GuardFile,
  load: GuardFileOptions['expressions'],
): Promise<void> {
  if (health === undefined || load === undefined) return;
  const { problemWith } = await load();
  const problems = ruleProblems(health, problemWith).map(({ index, field, problem }) => ({
    file: source.shown,
    place: source.placeOf(['health', index, field]),
    field: `health[${index}].${field}`,
    what: `is no usable condition: ${problem}`,
    fix: 'write a CEL condition over "object", such as object.status.phase == "Ready"',
  }));
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Looks at the raw value, so that a file with other mistakes gets this one named too. */
function unknownClusters(source: YamlSource, known: readonly string[] | undefined): ConfigProblem[] {
  if (known === undefined) return [];
  return clusterNames(source.value).flatMap((name, index) => {
    if (typeof name !== 'string' || known.includes(name)) return [];
    const path = ['targets', index, 'cluster'];
    const what = `cluster "${name}" is not in belay.yaml`;
    const origin = { file: source.shown, place: source.placeOf(path), field: `targets[${index}].cluster` };
    return [{ ...origin, what, fix: clusterFix(name, known) }];
  });
}

function clusterNames(value: unknown): unknown[] {
  const targets = (value as { targets?: unknown } | null)?.targets;
  return Array.isArray(targets) ? targets.map((target: { cluster?: unknown } | null) => target?.cluster) : [];
}

function clusterFix(name: string, known: readonly string[]): string {
  const meant = didYouMean(name, known);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  const list = known.length === 0 ? 'it has none yet' : `it has ${known.join(', ')}`;
  return `add it there under "clusters" (${list})`;
}
