import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { type JsonObject, textAt } from '../../src/sandbox/index.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { TestLab } from './lab.ts';
import { askFor, type Rule } from './lab-rights.ts';
import { pollUntil } from './poll.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** What `belay rbac` prints for the first cluster of this request, bound to the file's engine. All clusters serve the same. */
export async function printRights(lab: TestLab, request: GuardRequest): Promise<readonly JsonObject[]> {
  const { application, environment, targets, detect } = request;
  const folder = await mkdtemp(join(tmpdir(), 'belay-rbac-'));
  try {
    const kubeconfig = await lab.kubeconfigFile(lab.engine);
    const clusters = lab.clusters.map(({ name }) => [name, { kubeconfig, context: name }] as const);
    const cluster = targets[0]?.cluster ?? '';
    await writeFile(join(folder, 'belay.yaml'), JSON.stringify({ clusters: Object.fromEntries(clusters) }));
    await writeFile(join(folder, 'guard.yaml'), JSON.stringify({ application, environment, targets, detect }));
    const program = ['--import', 'tsx', join(root, 'src/cli/main.ts'), 'rbac'];
    const files = ['-f', join(folder, 'guard.yaml'), '--config', join(folder, 'belay.yaml')];
    const args = [...program, ...files, '--cluster', cluster, '--user', lab.engine];
    const { stdout } = await run(process.execPath, args, { cwd: root });
    return parseAllDocuments(stdout).map((document) => document.toJS() as JsonObject);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Applied by kubectl as they are, and counting when this returns. */
export async function applyRights(lab: TestLab, cluster: string, objects: readonly JsonObject[]): Promise<void> {
  await lab.kubectl(['apply', '-f', '-'], { cluster, as: 'admin', input: objects });
  const admin = lab.cluster(cluster).as('admin');
  for (const role of objects.filter(({ rules }) => rules !== undefined)) {
    const namespace = textAt(role, 'metadata', 'namespace');
    const wanted = { rules: rulesOf(role), ...(namespace === undefined ? {} : { namespace }) };
    await pollUntil('the printed rights to count', () => askFor(admin, lab.engine, wanted), Boolean);
  }
}

/** Namespaces take theirs with them; what is cluster-wide has to be deleted. */
export async function removeRights(lab: TestLab, objects: readonly JsonObject[]): Promise<void> {
  const input = objects.filter(({ kind }) => String(kind).startsWith('Cluster'));
  const remove = ['delete', '--ignore-not-found', '-f', '-'];
  await Promise.all(lab.clusters.map(({ name }) => lab.kubectl(remove, { cluster: name, as: 'admin', input })));
}

export function rulesOf(object: JsonObject | undefined): readonly Rule[] {
  return (object?.rules ?? []) as unknown as readonly Rule[];
}

/** All but one verb on one resource. */
export function without(objects: readonly JsonObject[], verb: string, resource: string): JsonObject[] {
  return objects.map((object) => {
    if (object.rules === undefined) return object;
    const rules = rulesOf(object).flatMap((rule) => {
      if (!rule.resources.includes(resource)) return [rule];
      const others = { ...rule, resources: rule.resources.filter((one) => one !== resource) };
      const own = { ...rule, resources: [resource], verbs: rule.verbs.filter((one) => one !== verb) };
      return [others, own].filter(({ resources, verbs }) => resources.length > 0 && verbs.length > 0);
    });
    return { ...object, rules: rules as unknown as JsonObject[] };
  });
}
