import type { Vector } from '../vector.ts';
import { create } from './create.ts';
import { customResources } from './custom-resources.ts';
import { deletes } from './deletes.ts';
import { dependents } from './dependents.ts';
import { dryRuns } from './dry-runs.ts';
import { evictions } from './evictions.ts';
import { fences } from './fences.ts';
import { generations } from './generations.ts';
import { immutable } from './immutable.ts';
import { irreversible } from './irreversible.ts';
import { kinds } from './kinds.ts';
import { ownership } from './ownership.ts';
import { patches } from './patches.ts';
import { surroundings } from './surroundings.ts';
import { update } from './update.ts';

/** All vectors by topic. */
export const topics: Readonly<Record<string, readonly Vector[]>> = {
  create,
  update,
  generations,
  fences,
  patches,
  'dry runs': dryRuns,
  immutable,
  irreversible,
  deletes,
  dependents,
  evictions,
  kinds,
  'custom resources': customResources,
  ownership,
  surroundings,
};
