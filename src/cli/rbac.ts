import { createHash } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { type BelayConfig, type ClusterConfig, ConfigError, type LoadedGuard, loadGuardFile } from '../config.ts';
import { leaseName } from '../domain/lease-name.ts';
import { type Rights, type RightsQuestion, rightsFor } from '../domain/rbac.ts';
import { resolveSources } from '../domain/resolve-sources.ts';
import { resolveTargets } from '../domain/resolve-targets.ts';
import { defaultScopeKinds, requestDefaults } from '../schema/guard-spec.ts';
import { parseName } from './arguments.ts';
import { type CommonOptions, configOf, runCommand } from './command.ts';
import { rbacObjects, type Subject, serviceAccount, user } from './rbac-objects.ts';
import { rbacYaml } from './rbac-yaml.ts';

interface RbacOptions extends CommonOptions {
  readonly file: string;
  readonly cluster?: string;
  readonly serviceAccount?: Subject;
  readonly user?: Subject;
}

const help = `
Example:
  $ belay rbac -f guard.yaml --cluster eu --service-account belay/worker | kubectl --context eu apply -f -

Prints the least that a worker must be allowed in order to guard and restore this application: a Role for each namespace,
the lock's included, and a ClusterRole for what lives in none. Asks the clusters only which kinds they serve.

Exit codes: 0 printed, 2 wrong input or a kind of the scope that is not served (nothing printed), 1 Belay failed.`;

export function addRbac(program: Command): void {
  program
    .command('rbac')
    .description('Print the rights a worker needs for an application, and no more, as Roles')
    .requiredOption('-f, --file <guard.yaml>', 'what is guarded', parseName)
    .option(
      '--cluster <name>',
      'only the rights in this cluster; all clusters of the guard, one after the other, unless given',
      parseName,
    )
    .option('--service-account <namespace/name>', 'whom to bind them to', parseAccount)
    .option('--user <name>', 'whom to bind them to, as the cluster calls a user from outside', parseUser)
    .option('--config <belay.yaml>', 'where the clusters are')
    .option('--json', 'print one JSON object per cluster')
    .addHelpText('after', help)
    .action((options: RbacOptions) => runCommand(options, () => rbac(options)));
}

function parseAccount(text: string): Subject {
  const subject = serviceAccount(text);
  if (subject === undefined) throw new InvalidArgumentError('write <namespace>/<name>, such as belay/worker');
  return subject;
}

function parseUser(text: string): Subject {
  return user(parseName(text));
}

async function rbac(options: RbacOptions): Promise<number> {
  const config = await configOf(options);
  const guard = await loadGuardFile(options.file, { clusters: Object.keys(config.clusters) });
  const clusters = clustersOf(guard, options);
  const subjects = [options.serviceAccount, options.user].filter((subject) => subject !== undefined);
  const entries = Object.entries(config.clusters).filter(([name]) => clusters.includes(name));
  const found = await Promise.all(
    entries.map(async ([cluster, entry]) => ({ cluster, rights: await rightsIn(cluster, entry, { guard, config }) })),
  );
  rejectMissing(found, options.file);
  for (const { cluster, rights } of found) {
    const { environment, application } = guard.spec;
    const objects = rbacObjects(rights, guard.spec, subjects);
    const title = `What a worker of Belay may do in cluster ${cluster} for ${environment}/${application}.`;
    const text = options.json
      ? `${JSON.stringify({ event: 'rbac', cluster, objects, notes: rights.notes })}\n`
      : rbacYaml({ title, rights, objects });
    process.stdout.write(text);
  }
  return 0;
}

function clustersOf({ spec }: LoadedGuard, { file, cluster }: RbacOptions): readonly string[] {
  const all = [...new Set(spec.targets.map((target) => target.cluster))];
  if (cluster === undefined) return all;
  if (all.includes(cluster)) return [cluster];
  const what = `has no target in cluster "${cluster}"`;
  throw new ConfigError([{ file, place: null, field: 'targets', what, fix: `name one of ${all.join(', ')}` }]);
}

interface Asked {
  readonly guard: LoadedGuard;
  readonly config: BelayConfig;
}

async function rightsIn(name: string, entry: ClusterConfig, { guard, config }: Asked): Promise<Rights> {
  const { spec, manifests } = guard;
  const defaults = { kinds: defaultScopeKinds, closure: requestDefaults.closure };
  const targets = resolveTargets(spec.targets, config.clusters, defaults);
  const sources = resolveSources(spec.detect ?? [], targets);
  return rightsFor({
    targets: targets.filter(({ cluster }) => cluster === name),
    smokeTests: sources.flatMap((source) => (source.kind === 'job' ? [source.target] : [])),
    manifests,
    consent: spec.consent ?? [],
    types: await servedBy(name, entry),
    freezes: spec.freeze !== undefined,
    lease: leaseName(spec, (text) => createHash('sha256').update(text).digest('hex')),
    identity: entry.workspace === undefined ? 'cluster' : 'workspace',
  });
}

async function servedBy(name: string, entry: ClusterConfig): Promise<RightsQuestion['types']> {
  // Loaded only here: the other commands should not wait for what they do not use.
  const { openCluster } = await import('../wire.ts');
  const cluster = await openCluster(name, entry);
  try {
    return await cluster.discover();
  } finally {
    await cluster.close();
  }
}

/** A guard over such a scope would not get ready, whatever it is allowed. */
function rejectMissing(found: readonly { cluster: string; rights: Rights }[], file: string): void {
  const problems = found.flatMap(({ cluster, rights: { missing } }) =>
    missing.map((kind) => ({
      file,
      place: null,
      field: 'targets',
      what: `cluster ${cluster} does not serve ${kind}`,
      fix: 'install what defines it first, or correct the scope',
    })),
  );
  if (problems.length > 0) throw new ConfigError(problems);
}
