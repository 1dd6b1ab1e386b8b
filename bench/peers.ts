/**
 * The same trouble for `helm rollback`, `kubectl apply` and Belay on real API servers: how many rollbacks end half-done, and
 * how many of those say that all is well. The report is reports/peers.json; docs/reliability.md shows it.
 * `npm run build && npx tsx bench/peers.ts [trials per trouble, default 20] [helm | kubectl | belay …]`: tools that are not
 * named keep their part of the report.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLab } from '../test/lab/lab.ts';
import { startBelay } from './peers/belay.ts';
import { type Armed, startProxy } from './peers/proxy.ts';
import { keepReport, type Told } from './peers/report.ts';
import { helm, kubectl } from './peers/scripts.ts';
import type { Tool } from './peers/tool.ts';
import { type Lane, runTrial, type Trial } from './peers/trial.ts';
import { troubles } from './peers/troubles.ts';

const atOnce = 4;

/** The tool's own state, such as a Temporal server, is the lane's. */
const makers: Readonly<Record<string, (lane: Lane) => Promise<Tool>>> = {
  helm: async () => helm,
  kubectl: async () => kubectl,
  belay: ({ lab, proxy, folder }) => startBelay({ clusters: lab.clusters, proxy, folder: join(folder, 'belay') }),
};

async function compare(lanes: readonly Lane[], name: string, each: number): Promise<void> {
  const make = makers[name];
  if (!make) throw new Error(`no such tool: ${name}; there are ${Object.keys(makers)}`);
  const tools = await Promise.all(lanes.map(make));
  try {
    const [lane, tool] = [lanes[0], tools[0]];
    if (!lane || !tool) throw new Error('no lane');
    const calm = await runTrial(lane, { namespace: `${name}-calm`, tool, trouble: undefined, form: 0, moment: never });
    if (calm.first.said !== 'done' || calm.first.ending !== 'back') throw new Error(`${name}: ${JSON.stringify(calm)}`);
    const waiting = drawTrials(name, each, calm.counts);
    const told: Told[] = [];
    const work = async (own: Lane, index: number) => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const trial = { ...next, tool: tools[index] ?? tool };
        const verdict = await runTrial(own, trial).catch((error) => console.error(`${next?.namespace}: ${error}`));
        if (!verdict) continue;
        told.push({ trial, verdict });
        console.log(describe({ trial, verdict }));
        keepReport(tool, calm.counts, told);
      }
    };
    await Promise.all(lanes.map(work));
  } finally {
    await Promise.all(tools.map((tool) => tool.close()));
  }
}

const never = { aim: 'request', nth: Number.POSITIVE_INFINITY } as const;

/** Half of them at a request, half at a write, evenly spread over those of a rollback in which nothing goes wrong. */
function drawTrials(name: string, each: number, counts: Armed['counts']): Omit<Trial, 'tool'>[] {
  return shuffled(each).flatMap((index) => {
    const aim = index % 2 === 0 ? ('request' as const) : ('write' as const);
    const turn = Math.floor(index / 2);
    const nth = 1 + Math.floor(((turn + 0.5) / Math.ceil(each / 2)) * counts[aim]);
    const form = (turn % 2) as 0 | 1;
    return troubles.map((trouble, kind) => {
      return { namespace: `${name}-${kind}-${index}`, trouble, form, moment: { aim, nth } };
    });
  });
}

/** A comparison that is broken off has trials from everywhere. */
function shuffled(count: number): number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  return all.sort((one, other) => ((one * 13) % 31) - ((other * 13) % 31));
}

function describe({ trial, verdict: { counts, first, again } }: Told): string {
  const { namespace, trouble, form, moment } = trial;
  const where = `${moment.aim} ${moment.nth} of ${counts[moment.aim]}`;
  return `${namespace}: ${trouble?.name}/${form} at ${where}: ${first.ending}, said ${first.said}; again: ${again.ending}, said ${again.said}`;
}

async function openLane(lab: Lane['lab'], root: string): Promise<Lane> {
  return { lab, proxy: await startProxy(lab.clusters), folder: await mkdtemp(join(root, 'lane-')) };
}

async function run(each: number, names: readonly string[]): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'belay-peers-'));
  const lab = await startLab({ clusters: 3 });
  const lanes = await Promise.all(Array.from({ length: atOnce }, () => openLane(lab, root)));
  try {
    for (const name of names) await compare(lanes, name, each);
  } finally {
    await Promise.all(lanes.map(({ proxy }) => proxy.close()));
    await lab.stop();
    await rm(root, { recursive: true, force: true });
  }
}

const [each = '20', ...names] = process.argv.slice(2);
await run(Number(each), names.length > 0 ? names : Object.keys(makers));
