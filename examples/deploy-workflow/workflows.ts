import { proxyActivities } from '@temporalio/workflow';
import { type GuardSpec, withGuard } from 'belay/workflow';
import type * as deployActivities from './activities.ts';

const { applyManifests } = proxyActivities<typeof deployActivities>({
  startToCloseTimeout: '2m',
  // A deploy that fails is put back as a whole; trying again is a new deploy.
  retry: { maximumAttempts: 1 },
});

const scope: GuardSpec['targets'][number]['scope'] = {
  selector: 'app.kubernetes.io/part-of=shop',
  kinds: ['v1/ConfigMap', 'v1/Secret', 'v1/Service', 'apps/v1/Deployment', 'shop.example/v1/Storefront'],
};

const guard: GuardSpec = {
  application: 'shop',
  environment: 'production',
  targets: ['eu', 'us', 'ap'].map((cluster) => ({ cluster, namespace: 'shop', scope })),
  // Does not exist before this deploy, so a rollback has to remove it again.
  manifests: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'shop-promotions' }],
  deadline: '60s',
  bake: '5s',
};

/** Returns when the version is kept; fails with `DeployNotKept` and the outcome when everything was put back. */
export async function deployShop(version: string): Promise<void> {
  await withGuard({ ...guard, revision: version }, async ({ deployed }) => {
    await applyManifests(version);
    // From here on health counts. More steps may follow: the guard ends with the callback or with a failure.
    await deployed({ revision: version });
  });
}
