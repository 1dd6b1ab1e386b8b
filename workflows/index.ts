/** Exactly the workflow types: the SDK registers every function that this file exports. */
export { guardDeploy } from './guard-deploy.ts';
export { keepStore } from './keep-store.ts';
export { planRollback } from './plan-rollback.ts';
export { rollBack } from './roll-back.ts';
