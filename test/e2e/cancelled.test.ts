import { expect, test } from 'vitest';
import type { Activities } from '../../src/schema/activities.ts';
import type { Outcome } from '../../src/schema/outcome.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { holderIn } from '../support/bad-deploy.ts';
import { type Guard, useEngine } from '../support/engine.ts';
import { createHooks, type SeenCall } from '../support/hooks.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

/** A cancel at every step of a guard, from its first to its last; the steps are those of a run that was not cancelled. */
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

async function deploy(app: SmallApp): Promise<void> {
  await app.put('eu', app.configMap('settings', { mode: 'wild' }));
  await app.put('eu', app.configMap('promotions', { half: 'price' }));
  await app.put('eu', app.deployment('registry/app:v2-missing'));
}

/** A bad deploy to one cluster, by a deployer that waits for ready. */
async function guardIt(app: SmallApp): Promise<Guard> {
  const targets = [{ cluster: 'eu', namespace: app.name, scope: { selector: `app=${app.name}` } }];
  const guard = await engine.start(engine.request(app.name, { targets, haltTimeout: '1ms' }));
  const { result } = await guard.until('ready, or ended', (view) => view.phase !== 'preparing' || view.result !== null);
  if (result !== null) return guard;
  await deploy(app);
  // It may have ended by now.
  await guard.fail().catch(() => undefined);
  return guard;
}

/** The steps of a run that nobody cancels, in order. */
async function recordSteps(): Promise<readonly string[]> {
  const app = await installSmallApp(engine.sandbox, uniqueName('straight'));
  const guard = await guardIt(app);
  expect(await guard.result()).toMatchObject({ outcome: 'restored' });
  return [
    ...new Set(
      hooks
        .seen()
        .filter((call) => isAbout(app, call))
        .map(nameOf),
    ),
  ];
}

/** By where the step is: before ready, before the first write, before the pivot, or behind it. */
function expectedAt(steps: readonly string[], step: string): Outcome {
  const at = steps.indexOf(step);
  if (at <= steps.indexOf('record ready')) return 'unready';
  if (at < steps.findIndex((one) => one.startsWith('writeBatch'))) return 'cancelled';
  return at < steps.indexOf('record pivot') ? 'reverted' : 'restored';
}

interface Ended {
  readonly step: string;
  readonly outcome: Outcome;
  readonly content: 'as before' | 'as deployed' | 'neither';
  readonly holder: string;
}

/** By a signal and by Temporal itself, in turns: both take the same path. */
async function cancelAt(step: string, how: 'signal' | 'Temporal'): Promise<Ended> {
  const app = await installSmallApp(engine.sandbox, uniqueName('cancelled'));
  const before = JSON.stringify(await app.content());
  const handle = engine.temporal.client.workflow.getHandle(`belay:test/${app.name}`);
  const name = step.split(' ')[0] as keyof Activities;
  const isIt = (input: unknown) => isAbout(app, { name, input }) && nameOf({ name, input }) === step;
  const struck = hooks.before(name, isIt, async () => {
    const { guardId } = await handle.query<StatusView>('status');
    await (how === 'signal' ? handle.signal('cancel', { guardId, by: 'mia', reason: 'not today' }) : handle.cancel());
  });
  const guard = await guardIt(app);
  await struck;
  const { outcome } = await guard.result();
  return { step, outcome, content: await lookAt(app, before), holder: holderIn(engine.sandbox, 'eu', app) };
}

async function lookAt(app: SmallApp, before: string): Promise<Ended['content']> {
  const now = JSON.stringify(await app.content());
  if (now === before) return 'as before';
  await deploy(app);
  return JSON.stringify(await app.content()) === now ? 'as deployed' : 'neither';
}

const sideBySide = 5;

test('a cancel before any step ends as is right there: unready, cancelled, reverted, or restored behind the pivot', async () => {
  const steps = await recordSteps();
  expect(steps.length).toBeGreaterThan(30);
  const open = [...steps.entries()];
  const ended: Ended[] = [];
  const lane = async () => {
    for (let next = open.shift(); next; next = open.shift()) {
      const [index, step] = next;
      ended.push(await cancelAt(step, index % 2 === 0 ? 'signal' : 'Temporal'));
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
  const inOrder = steps.map((step) => ended.find((one) => one.step === step));
  expect(inOrder).toEqual(
    steps.map((step): Ended => {
      const outcome = expectedAt(steps, step);
      const isBack = outcome === 'restored' || outcome === 'unready';
      return { step, outcome, content: isBack ? 'as before' : 'as deployed', holder: '' };
    }),
  );
}, 240_000);
