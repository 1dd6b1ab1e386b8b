import { expect, it } from 'vitest';
import { renderEvent } from '../../src/cli/render.ts';
import { describeChange } from '../../src/domain/kubernetes/describe-change.ts';
import { countVerdicts } from '../../src/domain/plan-counts.ts';
import type { KubeObject } from '../../src/schema/json.ts';
import type { ObjectView, PlanView, TargetPlanView } from '../../src/schema/plan-view.ts';

function object(view: Partial<ObjectView>): ObjectView {
  return {
    object: 'ConfigMap/settings',
    verdict: 'update',
    reason: '/data/mode differs',
    foreign: [],
    fields: [],
    cut: 0,
    ...view,
  };
}

function target(id: string, objects: readonly ObjectView[], more: Partial<TargetPlanView> = {}): TargetPlanView {
  const counts = countVerdicts([...objects.map(({ verdict }) => verdict), 'noop']);
  return {
    target: id,
    objects,
    cut: 0,
    counts,
    proven: counts.update + counts.create,
    unproven: [],
    deferred: [],
    unsettled: [],
    ...more,
  };
}

function plan(more: Partial<PlanView>): string {
  const targets = more.targets ?? [];
  const view: PlanView = {
    verdict: 'possible',
    application: 'shop',
    environment: 'production',
    by: 'ada',
    reasons: [],
    baseline: { id: '138a60c2', because: 'last known good' },
    live: '77fe01aa',
    counts: countVerdicts(
      targets.flatMap(({ objects }) => [...objects.map(({ verdict }) => verdict), 'noop' as const]),
    ),
    targets,
    ...more,
  };
  return renderEvent({ event: 'plan', ...view, exit: view.verdict === 'possible' ? 0 : 12 }).join('\n');
}

function secret(data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'payment', namespace: 'shop' }, type: 'Opaque', data };
}

it('is a diff per cluster; of a Secret it tells the keys', () => {
  const changed = describeChange(
    secret({ key: 'b25l', user: 'YWRh', extra: 'eA==' }),
    secret({ key: 'dHdv', user: 'YWRh' }),
  );
  const field = { pointer: '/data/mode', change: 'changed', from: '"wild"', to: '"calm"' } as const;
  const text = { pointer: '/data/text', change: 'added', from: null, to: '"hello"' } as const;
  const eu = target('eu', [
    object({ fields: [field] }),
    object({ object: 'Secret/payment', reason: '/data/extra, /data/key differ', fields: changed }),
    object({ object: 'ConfigMap/banner', verdict: 'create', reason: 'deleted by the deploy', fields: [text] }),
    object({ object: 'ConfigMap/promotions', verdict: 'prune', reason: 'created by this deploy' }),
  ]);
  const suspects = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `Secret/${name}`);
  const us = target('us', [object({ fields: [field], cut: 70 })], { cut: 2, suspects });
  expect(plan({ targets: [eu, us] })).toBe(`  shop · production
· back to 138a60 (last known good); live 77fe01, one instant across 2 targets
  eu                   2 update · 1 create · 1 prune · 1 unchanged
    ~ ConfigMap/settings
        ~ /data/mode  "wild" → "calm"
    ~ Secret/payment
        - /data/extra  removed
        ~ /data/key  changed
        = /data/user  same
    + ConfigMap/banner  deleted by the deploy
        + /data/text  "hello"
    - ConfigMap/promotions  created by this deploy
  us                   1 update · 1 unchanged
    ~ ConfigMap/settings
        ~ /data/mode  "wild" → "calm"
        … 70 more fields not shown
    … 2 more objects not shown
    ! Secret/a, Secret/b, Secret/c, Secret/d, Secret/e and 1 more: new since the deploy, outside its scope, not touched
✔ plan                 3 update · 1 create · 1 prune · 2 unchanged; 4 of 4 writes proven by dry run  exit 0`);
});

it('that is not safe begins with what somebody else has changed, and ends with why', () => {
  const foreign = [{ pointer: '/data/mode', manager: 'kubectl-edit', time: '2026-01-01T12:00:00Z' }];
  const reason = 'changed by kubectl-edit at 2026-01-01T12:00:00Z, outside the deploy (/data/mode)';
  const eu = target('eu', [
    object({ verdict: 'refuse', reason, foreign }),
    object({ object: 'Job/migrate', verdict: 'leave', reason: 'restoring a Job could run it again' }),
    object({ object: 'Deployment/web', reason: 'field ownership differs' }),
  ]);
  const unproven = [{ object: 'Deployment/web', reason: 'the server would store something else' }];
  const reasons = ['not safe to put back: 1 object', 'not provable by dry run: 1 write'];
  expect(plan({ verdict: 'refused', reasons, targets: [{ ...eu, proven: 0, unproven }] })).toBe(`  shop · production
· back to 138a60 (last known good); live 77fe01, one instant across 1 target
! changed by somebody else, outside the deploy
    eu/ConfigMap/settings  by kubectl-edit at 2026-01-01T12:00:00Z (/data/mode)
  eu                   1 update · 1 leave · 1 refuse · 1 unchanged
    ✖ ConfigMap/settings  refuse: ${reason}
    · Job/migrate  leave: restoring a Job could run it again
    ~ Deployment/web  field ownership differs
    ✖ Deployment/web  not proven by dry run: the server would store something else
  a rollback would be refused: not safe to put back: 1 object
  a rollback would be refused: not provable by dry run: 1 write
✖ plan                 1 update · 1 leave · 1 refuse · 1 unchanged; 0 of 1 writes proven by dry run  exit 12`);
});

it('names who else applies objects, and what a rollback would do about it', () => {
  const about = { via: 'a label', owner: 'Kustomization/shop in flux-system (Flux)' };
  const found = [
    { ...about, target: 'eu', state: 'active', effect: 'pause' },
    { ...about, target: 'us', state: 'resting', effect: 'none' },
    { ...about, target: 'ap', state: 'unknown', effect: 'refuse' },
  ] as const;
  expect(plan({ owners: { policy: 'pause', found } })).toContain(`
! applied by others, too (owners: pause)
    eu/Kustomization/shop in flux-system (Flux)  active: a rollback would pause it
    us/Kustomization/shop in flux-system (Flux)  at rest: it does nothing by itself
    ap/Kustomization/shop in flux-system (Flux)  perhaps active: a rollback would be refused
`);
});

it('without a baseline only says why', () => {
  const reasons = ['no known good state is recorded'];
  expect(plan({ verdict: 'refused', reasons, baseline: null, live: null })).toBe(`  shop · production
  a rollback would be refused: no known good state is recorded
${'✖ plan'.padEnd(92)}exit 12`);
});

it('tells no control character from a cluster to the terminal', () => {
  const evil = object({ reason: 'ownership\u001b[2J', verdict: 'leave' });
  expect(plan({ targets: [target('eu', [evil])] })).not.toContain('\u001b');
});
