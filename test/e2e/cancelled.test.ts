import { describe, expect, test } from 'vitest';
import { connect, requestRollback } from '../../src/client/index.ts';
import type { Activities } from '../../src/schema/activities.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { Outcome, RunResult } from '../../src/schema/outcome.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { holderIn } from '../support/bad-deploy.ts';
import { type Guard, useEngine } from '../support/engine.ts';
import { createHooks, type SeenCall } from '../support/hooks.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

/** A cancel at every step of a run, from its first to its last; the steps are those of a run that was not cancelled. */
const hooks = createHooks();
const engine = useEngine({ wrap: hooks.wrap });

/** What a step is called by: the first of those that are alike. */
function nameOf({ name, input }: SeenCall): string {
  const { event, stage, data, expect: claim, purpose } = input as Readonly<Record<string, unknown>>;
  const about = (data as { stage?: unknown } | undefined)?.stage;
  return [name, event, about, stage, claim, purpose].filter((part) => typeof part === 'string').join(' ');
}

function isAbout({ name }: SmallApp, { input }: SeenCall): boolean {
  const { run, request } = input as { run?: { application: string }; request?: { application: string } };
  return (run ?? request)?.application === name;
}

type Deploy = (app: SmallApp) => Promise<void>;

/** Nothing that anybody could see failing. */
const quietly: Deploy = async (app) => {
  await app.put('eu', app.configMap('settings', { mode: 'wild' }));
  await app.put('eu', app.configMap('promotions', { half: 'price' }));
};

const loudly: Deploy = async (app) => {
  await quietly(app);
  await app.put('eu', app.deployment('registry/app:v2-missing'));
};

/** Of a story: it ends when its run is decided, or before when it was cancelled. */
interface Story {
  readonly deploy: Deploy;
  /** Before the run whose steps are cancelled; answers what that has to know. */
  readonly prepare?: (app: SmallApp) => Promise<string>;
  readonly play: (app: SmallApp, prepared?: string) => Promise<RunResult>;
  /** What it ends as when nobody cancels it. */
  readonly outcome: Outcome;
  /** By where the step is. */
  readonly expectedAt: (steps: readonly string[], step: string) => Outcome;
  /** How the application is found when all went back, or did not. */
  readonly isBack: (outcome: Outcome) => boolean;
}

function requestOf(app: SmallApp, more: Partial<GuardRequest> = {}): GuardRequest {
  const targets = [{ cluster: 'eu', namespace: app.name, scope: { selector: `app=${app.name}` } }];
  return engine.request(app.name, { targets, haltTimeout: '1ms', ...more });
}

/** A bad deploy to one cluster, by a deployer that waits for ready; what it does then is up to it. */
async function guardIt(
  app: SmallApp,
  deploy: Deploy,
  then: (guard: Guard) => Promise<unknown>,
  more: Partial<GuardRequest> = {},
): Promise<RunResult> {
  const guard = await engine.start(requestOf(app, more));
  const { result } = await guard.until('ready, or ended', (view) => view.phase !== 'preparing' || view.result !== null);
  if (result !== null) return await guard.result();
  await deploy(app);
  // It may have ended by now.
  await then(guard).catch(() => undefined);
  return await guard.result();
}

async function approveIt(guard: Guard): Promise<void> {
  await guard.fail();
  const { decision } = await guard.until('asks, or ended', (view) => view.decision !== null || view.result !== null);
  const handle = engine.temporal.client.workflow.getHandle(guard.workflowId);
  const args: [unknown] = [{ planDigest: decision?.planDigest, by: 'ada' }];
  await handle.executeUpdate('approve', { args });
}

async function keepIt(guard: Guard): Promise<void> {
  await guard.deployed();
  await guard.signal('promote', { guardId: guard.request.guardId, by: 'ada' });
}

/** A deploy that is kept. Answers the snapshot of what was there before. */
async function keepDeploy(app: SmallApp): Promise<string> {
  let before = '';
  await guardIt(app, quietly, async (guard) => {
    before = (await guard.status()).baseline?.id ?? '';
    await keepIt(guard);
  });
  return before;
}

async function rollItBack(app: SmallApp, to = ''): Promise<RunResult> {
  const { address, client, namespace } = engine.temporal;
  const belay = await connect({ namespace, connection: { address } });
  const message = { by: 'ada', reason: 'it was bad after all', to };
  await requestRollback(belay, { application: app.name, environment: 'test' }, message);
  await belay.close();
  return (await client.workflow.getHandle(`belay:test/${app.name}`).result()) as RunResult;
}

/** Before ready, before the first write, before the pivot, or behind it. */
function ofRestore(steps: readonly string[], step: string): Outcome {
  const at = steps.indexOf(step);
  if (at <= steps.indexOf('record ready')) return 'unready';
  if (at < steps.findIndex((one) => one.startsWith('writeBatch'))) return 'cancelled';
  return at < steps.indexOf('record pivot') ? 'reverted' : 'restored';
}

const isRestored = (outcome: Outcome) => outcome === 'restored' || outcome === 'unready';

const stories: Readonly<Record<string, Story>> = {
  'a guard that restores': {
    play: (app) => guardIt(app, loudly, (guard) => guard.fail()),
    ...{ deploy: loudly, outcome: 'restored', expectedAt: ofRestore, isBack: isRestored },
  },
  'a guard whose plan is approved': {
    play: (app) => guardIt(app, loudly, approveIt, { onFailure: 'approve' }),
    ...{ deploy: loudly, outcome: 'restored', expectedAt: ofRestore, isBack: isRestored },
  },
  'a guard that keeps the deploy': {
    play: (app) => guardIt(app, quietly, keepIt),
    deploy: quietly,
    outcome: 'kept',
    expectedAt: (steps, step) => {
      const at = steps.indexOf(step);
      if (at <= steps.indexOf('record ready')) return 'unready';
      return at < steps.indexOf('record knownGood') ? 'cancelled' : 'kept';
    },
    isBack: (outcome) => outcome === 'unready',
  },
  'a rollback on demand': {
    deploy: quietly,
    prepare: keepDeploy,
    play: rollItBack,
    ...{ outcome: 'restored', expectedAt: ofRestore, isBack: isRestored },
  },
};

/** The steps of a run that nobody cancels, in order. */
async function recordSteps({ prepare, play, outcome }: Story): Promise<readonly string[]> {
  const app = await installSmallApp(engine.sandbox, uniqueName('straight'));
  const prepared = await prepare?.(app);
  const from = hooks.seen().length;
  expect(await play(app, prepared)).toMatchObject({ outcome });
  const own = hooks.seen().slice(from);
  return [...new Set(own.filter((call) => isAbout(app, call)).map(nameOf))];
}

interface Ended {
  readonly step: string;
  readonly outcome: Outcome;
  readonly content: 'as before' | 'as deployed' | 'neither';
  readonly holder: string;
}

/** By a signal and by Temporal itself, in turns: both take the same path. */
async function cancelAt({ deploy, prepare, play }: Story, step: string, how: 'signal' | 'Temporal'): Promise<Ended> {
  const app = await installSmallApp(engine.sandbox, uniqueName('cancelled'));
  const before = JSON.stringify(await app.content());
  const prepared = await prepare?.(app);
  const handle = engine.temporal.client.workflow.getHandle(`belay:test/${app.name}`);
  const name = step.split(' ')[0] as keyof Activities;
  const isIt = (input: unknown) => isAbout(app, { name, input }) && nameOf({ name, input }) === step;
  const struck = hooks.before(name, isIt, async () => {
    const { guardId } = await handle.query<StatusView>('status');
    await (how === 'signal' ? handle.signal('cancel', { guardId, by: 'mia', reason: 'not today' }) : handle.cancel());
  });
  const [{ outcome }] = await Promise.all([play(app, prepared), struck]);
  return { step, outcome, content: await lookAt(app, deploy, before), holder: holderIn(engine.sandbox, 'eu', app) };
}

async function lookAt(app: SmallApp, deploy: Deploy, before: string): Promise<Ended['content']> {
  const now = JSON.stringify(await app.content());
  if (now === before) return 'as before';
  await deploy(app);
  return JSON.stringify(await app.content()) === now ? 'as deployed' : 'neither';
}

/** Most steps are those of the first story: of the others each third is enough for every day; `test:faults` tries them all. */
function chosen(steps: readonly string[], story: Story): readonly string[] {
  const isWhole = process.env.BELAY_FAULTS === 'full' || story === stories['a guard that restores'];
  return isWhole ? steps : steps.filter((_, index) => index % 3 === 0);
}

const sideBySide = 5;

describe('a cancel before a step', () => {
  test.each(Object.entries(stories))(
    'of %s ends as is right there',
    async (_, story) => {
      const steps = await recordSteps(story);
      expect(steps.length).toBeGreaterThan(10);
      const tried = chosen(steps, story);
      const open = [...tried.entries()];
      const ended: Ended[] = [];
      const lane = async () => {
        for (let next = open.shift(); next; next = open.shift()) {
          const [index, step] = next;
          ended.push(await cancelAt(story, step, index % 2 === 0 ? 'signal' : 'Temporal'));
        }
      };
      await Promise.all(Array.from({ length: sideBySide }, lane));
      const inOrder = tried.map((step) => ended.find((one) => one.step === step));
      expect(inOrder).toEqual(
        tried.map((step): Ended => {
          const outcome = story.expectedAt(steps, step);
          return { step, outcome, content: story.isBack(outcome) ? 'as before' : 'as deployed', holder: '' };
        }),
      );
    },
    240_000,
  );
});
