import { expect, test } from 'vitest';
import * as workflows from '../../workflows/index.ts';

test('the workflows that a worker registers are guardDeploy, keepStore, planRollback and rollBack, and no others', () => {
  expect(Object.keys(workflows).sort()).toEqual(['guardDeploy', 'keepStore', 'planRollback', 'rollBack']);
});
