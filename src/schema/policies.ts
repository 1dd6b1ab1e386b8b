import { z } from 'zod';

/**
 * What a rollback does when it cannot go on by itself, before the pivot (docs/policies.md). `revert`: the failed state is
 * written back everywhere. `hold`: a person is asked, and trying goes on.
 */

/** A write that is refused, or that somebody else came in between. */
export const failedWritePolicySchema = z.enum(['revert', 'hold']);

/** `accept`: goes on as if it were healthy. */
export const unhealthyPolicySchema = z.enum(['hold', 'revert', 'accept']);

/** Nobody else may write while it restores (docs/lock.md); what it does where that is not possible: nothing, or go on without. */
export const freezePolicySchema = z.enum(['required', 'preferred']);

/** A cluster that has not answered for as long as the request waits. */
export const unreachablePolicySchema = z.enum(['hold', 'revert']);
