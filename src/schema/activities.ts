/**
 * The activities by phase, as the workflows call them and `activities/` implements them. No Node types and no
 * packages here: the workflow program compiles these files.
 */

import type { DetectActivities } from './activities/detect.ts';
import type { FreezeActivities } from './activities/freeze.ts';
import type { HistoryActivities } from './activities/history.ts';
import type { LockActivities } from './activities/lock.ts';
import type { OwnerActivities } from './activities/owners.ts';
import type { PlanActivities } from './activities/plan.ts';
import type { RecoverActivities } from './activities/recover.ts';
import type { RequestActivities } from './activities/request.ts';
import type { RollbackActivities } from './activities/rollback.ts';
import type { SmokeTestActivities } from './activities/smoke-test.ts';
import type { SnapshotActivities } from './activities/snapshot.ts';

export type * from './activities/about-target.ts';
export type * from './activities/detect.ts';
export type * from './activities/freeze.ts';
export type * from './activities/history.ts';
export type * from './activities/lock.ts';
export type * from './activities/owners.ts';
export type * from './activities/plan.ts';
export type * from './activities/recover.ts';
export type * from './activities/request.ts';
export type * from './activities/rollback.ts';
export type * from './activities/smoke-test.ts';
export type * from './activities/snapshot.ts';

/** All of them, as `activities/index.ts` merges the groups. */
export interface Activities
  extends RequestActivities,
    LockActivities,
    SnapshotActivities,
    DetectActivities,
    SmokeTestActivities,
    RollbackActivities,
    PlanActivities,
    RecoverActivities,
    OwnerActivities,
    FreezeActivities,
    HistoryActivities {}
