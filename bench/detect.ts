/**
 * How soon a failure is known, and what watching costs. Keeps what it measures in `reports/detect.json`.
 * `npm run build && npx tsx bench/detect.ts latency [sandbox | lab] [status | alert] [runs]`: from a pod's status being
 * written, or from Alertmanager being told, to the workflow having its failure. `… guards [count] [minutes]`: so many
 * guards on one worker, each watching an application, or as many as there are after so many minutes.
 */
import { measureLatency } from './detect/latency.ts';
import { measureGuards } from './detect/many-guards.ts';

const [what = 'latency', ...rest] = process.argv.slice(2);
const [where, cause, runs] = rest;
if (what === 'guards') await measureGuards(Number(rest[0] ?? 1000), Number(rest[1] ?? 30));
else
  await measureLatency(
    where === 'lab' ? 'lab' : 'sandbox',
    cause === 'alert' ? 'alert' : 'status',
    Number(runs ?? 200),
  );
