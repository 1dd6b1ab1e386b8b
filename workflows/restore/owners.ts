import {
  describeOwner,
  distinctOwners,
  type InTarget,
  ownersInTheWay,
  staysPaused,
} from '../../src/domain/owners/policy.ts';
import type { OwnerInput } from '../../src/schema/activities.ts';
import type { BlockedObject, LeftObject } from '../../src/schema/outcome.ts';
import type { MetOwner } from '../../src/schema/unfinished-run.ts';
import { targetNamed } from './batches.ts';
import { everywhere } from './everywhere.ts';
import { awaitsWord, cancelOrRevert, go, type Next, refused } from './next.ts';
import { ask, askOnce, beforeFirstWrite, insistOnUndoing, whyNotUndone } from './patience.ts';
import type { RestoreEnd, RestoreInput, RestorePhase, RestoreState, Steps } from './steps.ts';

/** Who would write against the restore, and whether it may begin all the same. Nothing is changed yet. */
export async function meetOwners(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const policy = input.request.owners;
  if (policy === undefined) return go({ ...state, phase: 'admission' });
  const asked = await ask(steps, 'looking for owners', input.request.unreachableWait, () => findAll(steps, input));
  const cancelled = cancelOrRevert(steps, state);
  if (cancelled) return cancelled;
  if (asked.kind !== 'answer') return refused(beforeFirstWrite(asked));
  const met = asked.value.filter(({ owner }) => owner.state.kind !== 'resting');
  const inTheWay = ownersInTheWay(policy, met);
  if (inTheWay.length > 0) return refused(inTheWay.join('; '));
  // Nobody is paused for a restore that may not come; who is there then is found out again.
  if (awaitsWord(steps, input, state)) return go({ ...state, phase: 'admission', ownersRun: true });
  const known = { ...state, ownersRun: false };
  if (policy === 'pause' && met.length > 0) {
    return go({ ...known, phase: 'pause', owners: met.map((one) => ({ ...one, is: 'unclear' })) });
  }
  return go({ ...known, phase: 'admission', owners: met.map((one) => ({ ...one, is: 'ignored' })) });
}

async function findAll(steps: Steps, { run, request, baseline }: RestoreInput): Promise<readonly InTarget[]> {
  const found = await everywhere(request.targets, async (target) => {
    const owners = await steps.findOwners({
      run,
      target,
      request,
      alsoMembersOf: baseline.parts[target.id] ?? null,
    });
    return { target: target.id, owners };
  });
  return distinctOwners(request.targets, found);
}

/** Every pause is in the undo list before this phase begins, and in the journal before it is sent. */
export async function pause(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const met = state.owners ?? [];
  await steps.record('pausing', 'pausing', { owners: met });
  const asked = await ask(steps, 'pausing owners', input.request.unreachableWait, () =>
    everywhere(met, (one) => steps.pauseOwner(ownerInput(input, one))),
  );
  if (asked.kind !== 'answer') return cancelOrRevert(steps, state) ?? refused(beforeFirstWrite(asked));
  const owners = met.flatMap((one, index): MetOwner[] =>
    asked.value[index]?.kind === 'paused' ? [{ ...one, is: 'paused' }] : [],
  );
  const failed = asked.value.flatMap((report, index) =>
    report.kind === 'failed' ? [`${nameOf(met[index])}: cannot be paused: ${report.reason}`] : [],
  );
  if (failed.length > 0) return { ...refused(failed.join('; ')), state: { ...state, owners } };
  steps.note({ key: 'owners', mark: 'done', title: 'paused', text: owners.map(nameOf).join('   ') });
  return go({ ...state, phase: 'admission', owners });
}

/** Something above an owner may switch it on again at once: `null` when all pauses hold. */
export async function checkPauses(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next | null> {
  if (pausedOwners(state).length === 0) return null;
  const asked = await ask(steps, 'looking for owners', input.request.unreachableWait, () => findAll(steps, input));
  if (asked.kind !== 'answer') return cancelOrRevert(steps, state) ?? refused(beforeFirstWrite(asked));
  const active = asked.value.filter(({ owner }) => owner.state.kind === 'active');
  if (active.length === 0) return null;
  const names = active.map(nameOf).join(', ');
  return refused(
    `${names}: active although it was paused; something above it (an ApplicationSet, another Kustomization) takes the pause back: pause it there`,
  );
}

/** How a run ends for the owners it has paused: let go where nothing was restored, else named as left. */
export async function letGo(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  end: RestoreEnd,
): Promise<RestoreEnd> {
  if (end.outcome === 'restored') return end;
  if (end.outcome === 'abandoned') return { ...end, left: leftPaused(state) };
  return pausedOwners(state).length === 0 ? end : await resumeAll(steps, input, state, end);
}

/** Where the freeze goes on when a person has let the restore begin; pauses that are made already are kept. */
export function whereToBegin(state: RestoreState): RestorePhase {
  return pausedOwners(state).length > 0 ? 'admission' : 'owners';
}

/** Owners that the run has paused, as its outcome lists them. */
export function leftPaused(state: RestoreState): readonly LeftObject[] {
  return pausedOwners(state).map(staysPaused);
}

function pausedOwners({ owners = [] }: RestoreState): readonly MetOwner[] {
  return owners.filter(({ is }) => is !== 'ignored');
}

/** "Nothing was changed" includes the pauses: blocked, visibly, until the last one is undone and seen to be. */
async function resumeAll(steps: Steps, input: RestoreInput, state: RestoreState, end: RestoreEnd): Promise<RestoreEnd> {
  const owners = pausedOwners(state);
  const said = { again: 'owners not resumed yet: try again', reason: `${end.outcome}, but owners are not resumed` };
  const closed = await insistOnUndoing(steps, said, () => everywhere(owners, (met) => resume(steps, input, met)));
  if (closed?.outcome === 'abandoned') return { ...closed, left: leftPaused(state) };
  await steps.record('resumed', 'resumed', { owners: owners.map(({ target, owner }) => ({ target, ...owner.ref })) });
  steps.note({ key: 'owners', mark: 'done', title: 'resumed', text: owners.map(nameOf).join('   ') });
  return end;
}

/** `null`: it is as it was, or somebody else wants it paused. */
async function resume(steps: Steps, input: RestoreInput, met: MetOwner): Promise<BlockedObject | null> {
  const asked = await askOnce(() => steps.resumeOwner({ ...ownerInput(input, met), unclear: met.is === 'unclear' }));
  const why = whyNotUndone(asked);
  if (why === null) return null;
  return { target: met.target, object: describeOwner(met.owner), expected: 'as before', actual: 'paused', why };
}

function ownerInput(input: RestoreInput, { target: id, owner }: InTarget): OwnerInput {
  if (owner.state.kind !== 'active') throw new Error(`no active owner ${owner.ref.name} in ${id}`);
  return {
    run: input.run,
    target: targetNamed(input, id),
    owner: owner.ref,
    uid: owner.state.uid,
    before: owner.state.before,
  };
}

function nameOf(met: InTarget | undefined): string {
  return met ? `${met.target}/${describeOwner(met.owner)}` : '';
}
