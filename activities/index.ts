import type { Activities } from '../src/schema/activities.ts';
import type { Dependencies } from './dependencies.ts';
import { createPlanActivities } from './describe-plan.ts';
import { createDetectActivities } from './detect.ts';
import { createFreezeActivities } from './freeze.ts';
import { createHistoryActivities } from './history.ts';
import { createLockActivities } from './lock.ts';
import { createOwnerActivities } from './owners.ts';
import { createRecoverActivities } from './recover.ts';
import { createRequestActivities } from './request.ts';
import { createRollbackActivities } from './rollback.ts';
import { onSameStore } from './same-store.ts';
import { createSmokeTestActivities } from './smoke-test.ts';
import { createSnapshotActivities } from './snapshot.ts';
import { createSourceActivities } from './watch-sources.ts';

/** All activities over one set of ports. */
export function createActivities(deps: Dependencies): Activities {
  const activities = {
    ...createRequestActivities(deps),
    ...createLockActivities(deps),
    ...createSnapshotActivities(deps),
    ...createDetectActivities(deps),
    ...createSourceActivities(deps),
    ...createSmokeTestActivities(deps),
    ...createRollbackActivities(deps),
    ...createPlanActivities(deps),
    ...createRecoverActivities(deps),
    ...createOwnerActivities(deps),
    ...createFreezeActivities(deps),
    ...createHistoryActivities(deps),
  };
  return onSameStore(activities, deps);
}
