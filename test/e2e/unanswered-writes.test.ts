import { expect, test } from 'vitest';
import type { Fault, FaultHandle } from '../../src/sandbox/index.ts';
import { guardBadDeploy, resolveGuard } from '../support/bad-deploy.ts';
import { useEngine } from '../support/engine.ts';
import { createHooks } from '../support/hooks.ts';
import { pollUntil } from '../support/poll.ts';

const hooks = createHooks();
const engine = useEngine({ wrap: hooks.wrap });

type FaultMatch = NonNullable<Fault['match']>;

const ofSettings = (application: string): FaultMatch => ({
  method: 'PUT',
  user: 'engine',
  dryRun: 'never',
  path: `/namespaces/${application}/configmaps/settings`,
});

/** Requests wait on their way until they are let go, whether or not anybody still waits for their answer. */
function holdBack(cluster: string, match: FaultMatch) {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const fault = engine.sandbox
    .cluster(cluster)
    .faults.inject({ match, effect: { kind: 'call', when: 'before', run: () => released } });
  return { fault, release };
}

function refuseIn(cluster: string, match: FaultMatch): FaultHandle {
  const effect = { kind: 'respond', status: 403, message: 'the write is forbidden' } as const;
  return engine.sandbox.cluster(cluster).faults.inject({ match, effect });
}

test('a write that is held back while another cluster refuses ends reverted, and is turned away when it is let go', async () => {
  const { app, guard, failed } = await guardBadDeploy(engine, 'held-write');
  const { fault, release } = holdBack('us', ofSettings(app.name));
  refuseIn('eu', ofSettings(app.name));
  const undoing = hooks.before(
    'undoBatch',
    ({ run }) => run.application === app.name,
    async () => fault.remove(),
  );
  await guard.fail();
  await undoing;
  expect(await guard.result()).toMatchObject({
    outcome: 'reverted',
    reason: expect.stringContaining('the write is forbidden'),
  });
  expect(await app.content()).toEqual(failed);

  const late = fault.fired;
  expect(late).toBeGreaterThan(0);
  release();
  const turnedAway = async () =>
    engine.sandbox
      .cluster('us')
      .audit()
      .filter(({ method, namespace, status }) => method === 'PUT' && namespace === app.name && status === 409);
  await pollUntil('the late writes are answered', turnedAway, (entries) => entries.length >= late);
  expect(await app.content()).toEqual(failed);
});

test('a creation that lands after its cluster was looked at is found by the last reading and taken back', async () => {
  const { app, guard, failed } = await guardBadDeploy(engine, 'late-creation');
  const post = {
    method: 'POST',
    user: 'engine',
    dryRun: 'never',
    path: `/namespaces/${app.name}/configmaps`,
  } as const;
  const { fault, release } = holdBack('us', post);
  refuseIn('eu', ofSettings(app.name));
  const ours = ({ run }: { run: { application: string } }) => run.application === app.name;
  const landed = hooks.before(
    'verifyTarget',
    (input) => ours(input) && input.expect === 'failedState',
    async () => {
      fault.remove();
      release();
      const banner = async () => engine.sandbox.cluster('us').read(app.path('configmaps', 'banner'));
      await pollUntil('the creation has landed', banner, (object) => object !== undefined);
    },
  );
  await guard.fail();
  await landed;
  expect(await guard.result()).toMatchObject({ outcome: 'reverted' });
  expect(await app.content()).toEqual(failed);
});

test('a cluster that falls silent in mid-commit is waited for, then the failed state is written back once it answers', async () => {
  const policy = { unreachable: { wait: '2s', then: 'revert' } } as const;
  const { app, guard, failed } = await guardBadDeploy(engine, 'silent-cluster', policy);
  const api = engine.sandbox.cluster('ap');
  const silence: FaultHandle[] = [];
  const silent = hooks.before(
    'writeBatch',
    ({ run }) => run.application === app.name,
    async () => {
      silence.push(api.faults.inject({ match: { user: 'engine' }, effect: { kind: 'blackHole' } }));
    },
  );
  await guard.fail();
  await silent;
  const { decision } = await guard.until('blocked', ({ phase }) => phase === 'waiting(blocked)');
  expect(decision?.reason).toMatch(/^not every cluster answers, so nothing is written back yet: .*ap/);
  expect(decision?.choices).toEqual(['retry', 'revert', 'abandon']);

  for (const fault of silence) fault.remove();
  await resolveGuard(engine, guard, 'retry');
  expect(await guard.result()).toMatchObject({ outcome: 'reverted', reason: 'no answer from ap while writing' });
  expect(await app.content()).toEqual(failed);
});
