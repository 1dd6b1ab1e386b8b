import type { Command } from 'commander';
import { type ApplicationName, type BelayClient, ClientError, lookForTerminatedRuns } from '../client/index.ts';
import { ConfigError } from '../config.ts';
import { freezeName, freezeRefs, isFreeze, servesFreeze } from '../domain/freeze.ts';
import { fenceOf, refOf } from '../domain/kubernetes/identity.ts';
import { breakOn, broken, epochOf, headOn, holderIn } from '../domain/lease.ts';
import { holderStates } from '../domain/lock-holder.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { HolderState } from '../schema/holder-state.ts';
import type { KubeObject } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';
import { parseApplication, parseName } from './arguments.ts';
import { clean } from './columns.ts';
import { type CommonOptions, configOf, runCommand, withClient } from './command.ts';
import { type LeasePlace, withLease } from './leases.ts';
import type { Output } from './output.ts';

interface LockOptions extends CommonOptions {
  readonly cluster: string;
  readonly namespace?: string;
}

interface BreakOptions extends LockOptions {
  readonly by: string;
  readonly reason: string;
}

const help = `
Example:
  $ belay lock break production/shop --cluster eu --namespace shop --by ada --reason "that Temporal is gone for good"

A lock is taken over by itself from a run that the same Temporal knows to be closed. Break it only when its holder can
not be asked any more; a run that is open is never broken. Who and why are kept on the Lease, and journalled by a worker.

Exit codes: 0 done, 2 no such Lease, nobody holds it, or its run is open: nothing was changed, 1 Belay failed.`;

export function addLock(program: Command): void {
  const lock = program.command('lock').description('Show or break the lock of an application in one cluster');
  options(lock.command('show').description('Show who holds it'))
    .option('--json', 'print one JSON object')
    .action((name: ApplicationName, given: LockOptions) => runCommand(given, () => show(name, given)));
  options(lock.command('break').description('Take it from a holder that cannot give it back'))
    .requiredOption('--by <who>', 'who decides; kept in the record', parseName)
    .requiredOption('--reason <why>', 'why; kept in the record', parseName)
    .option('--json', 'print one JSON object per event')
    .addHelpText('after', help)
    .action((name: ApplicationName, given: BreakOptions) =>
      runCommand(given, (output) => breakLock(name, given, output)),
    );
}

function options(command: Command): Command {
  return command
    .argument('<environment/application>', 'which application', parseApplication)
    .requiredOption('--cluster <name>', 'in which cluster', parseName)
    .option('--namespace <name>', 'where the Lease is; lockNamespace of the cluster unless given', parseName)
    .option('--config <belay.yaml>', 'where Temporal and the clusters are');
}

interface Held {
  readonly name: string;
  readonly holder: string;
  /** `null`: nobody holds it. */
  readonly state: HolderState | null;
}

async function show(name: ApplicationName, given: LockOptions): Promise<number> {
  await withHeld(name, given, async (_belay, { cluster }, lease, held) => {
    const epoch = epochOf(lease);
    const journalHead = headOn(lease);
    const lastBreak = breakOn(lease);
    const lines = [
      `  Lease ${held.name} in ${cluster.name}`,
      `  holder   ${held.state === null ? 'nobody' : `${held.holder}, ${holderStates[held.state]}`}`,
      `  epoch    ${epoch}`,
      `  journal  ${journalHead === null ? 'no record yet' : `record ${journalHead.sequence}, ${journalHead.digest}`}`,
      ...(lastBreak === null ? [] : [`  broken   ${lastBreak.at} by ${lastBreak.by}: ${lastBreak.reason}`]),
    ];
    const view = { event: 'lock', cluster: cluster.name, ...held, epoch, journalHead, broken: lastBreak };
    process.stdout.write(given.json ? `${JSON.stringify(view)}\n` : `${lines.map(clean).join('\n')}\n`);
  });
  return 0;
}

async function breakLock(name: ApplicationName, given: BreakOptions, output: Output): Promise<number> {
  await withHeld(name, given, async (belay, { cluster, ref }, lease, held) => {
    rejectUnlessStuck(name, held);
    const { by, reason } = given;
    const free = broken(lease, { by, reason, at: new Date().toISOString() });
    await cluster.replace(free, fenceOf(lease), { mode: 'write', fieldManager: 'belay:lock-break' });
    output.emit({ event: 'note', text: `Lease ${held.name} in ${cluster.name} was taken from ${held.holder}` });
    for (const text of await thaw(cluster, ref)) output.emit({ event: 'note', text });
    output.emit({ event: 'note', text: await lookForTerminatedRuns(belay) });
  });
  return 0;
}

/** Nobody comes back to take it away. */
async function thaw(cluster: Cluster, lease: ObjectRef): Promise<readonly string[]> {
  const { policy, binding } = freezeRefs(freezeName(lease.name));
  try {
    if (!servesFreeze(await cluster.discover())) return [];
    const found = await Promise.all([binding, policy].map((ref) => cluster.get(ref)));
    const ours = found.filter((object) => object !== undefined && isFreeze(object)) as KubeObject[];
    for (const object of ours)
      await cluster.remove(refOf(object), fenceOf(object), { mode: 'write', fieldManager: 'belay:lock-break' });
    return ours.length > 0 ? [`${policy.name} is deleted: everybody may write again`] : [];
  } catch (error) {
    const command = `kubectl delete validatingadmissionpolicybinding,validatingadmissionpolicy ${policy.name}`;
    return [`whether it keeps others from writing is not known (${String(error)}); if it does: ${command}`];
  }
}

function rejectUnlessStuck({ environment, application }: ApplicationName, { name, state }: Held): void {
  if (state === null) throw new ClientError('rejected', `nobody holds Lease ${name}: nothing was changed`);
  if (state !== 'open') return;
  const ways = `"belay resolve ${environment}/${application} abandon", or cancel or terminate it in Temporal`;
  throw new ClientError('rejected', `Lease ${name} is held by ${holderStates.open}: end that run first (${ways})`);
}

type Use = (belay: BelayClient, place: LeasePlace, lease: KubeObject, held: Held) => Promise<void>;

async function withHeld(name: ApplicationName, given: LockOptions, use: Use): Promise<void> {
  const config = await configOf(given);
  const entry = config.clusters[given.cluster];
  const lockNamespace = given.namespace ?? entry?.lockNamespace;
  const file = config.file ?? 'belay.yaml';
  if (!entry) throw wrong(file, `clusters.${given.cluster}`, 'there is no such cluster', 'add it, or name another one');
  if (lockNamespace === undefined)
    throw wrong(
      file,
      `clusters.${given.cluster}.lockNamespace`,
      'it is not said where the Lease is',
      'give --namespace',
    );
  await withClient(config, (belay) =>
    withLease({ name, cluster: given.cluster, entry, lockNamespace }, async (place) => {
      const { ref, lease } = place;
      const called = `${lockNamespace}/${ref.name}`;
      if (!lease) throw new ClientError('rejected', `there is no Lease ${called} in ${given.cluster}`);
      const holder = holderIn(lease);
      const { wireRuns } = await import('../wire.ts');
      const runs = wireRuns(belay.temporal, config.temporal.address);
      const state = holder === '' ? null : await runs.holderState(holder);
      await use(belay, place, lease, { name: called, holder, state });
    }),
  );
}

function wrong(file: string, field: string, what: string, fix: string): ConfigError {
  return new ConfigError([{ file, place: null, field, what, fix }]);
}
