import { budget, budgets, object, pods } from '../objects.ts';
import { gone } from '../steps.ts';
import type { JsonObject, Step, Vector } from '../vector.ts';

const otherUid = '11111111-2222-3333-4444-555555555555';

/** Of the group that the budget `a` protects. */
function pod(name: string, tag = 'v1', metadata: JsonObject = {}): JsonObject {
  const containers = [{ name: 'main', image: `registry.example/app:${tag}` }];
  const labels = { app: 'a' };
  return object('v1', 'Pod', { name, labels, ...metadata }, { spec: { terminationGracePeriodSeconds: 0, containers } });
}

const make = (made: JsonObject): Step => ({ send: 'POST', to: pods, body: made, status: 201 });

const ready = (name: string): Step => ({
  send: 'GET',
  to: `${pods}/${name}`,
  status: 200,
  fields: { '/status/containerStatuses/0/ready': true },
  until: 'asExpected',
});

const running = (name: string): Step => ({
  send: 'GET',
  to: `${pods}/${name}`,
  status: 200,
  fields: { '/status/phase': 'Running', '/status/containerStatuses/0/ready': false },
  until: 'asExpected',
});

/** The budget `a`, once it knows how many pods may go. */
const protect = (currentHealthy: number, disruptionsAllowed: number): Step[] => [
  { send: 'POST', to: budgets, body: budget('a'), status: 201 },
  counted(currentHealthy, disruptionsAllowed),
];

const counted = (currentHealthy: number, disruptionsAllowed: number): Step => ({
  send: 'GET',
  to: `${budgets}/a`,
  status: 200,
  fields: { '/status/currentHealthy': currentHealthy, '/status/disruptionsAllowed': disruptionsAllowed },
  until: 'asExpected',
});

interface Asked {
  readonly query?: string;
  readonly deleteOptions?: JsonObject;
}

function asked(name: string, { query = '', deleteOptions }: Asked = {}): Pick<Step, 'send' | 'to' | 'body'> {
  const eviction = object('policy/v1', 'Eviction', { name, namespace: '{ns}' }, deleteOptions ? { deleteOptions } : {});
  return { send: 'POST', to: `${pods}/${name}/eviction${query}`, body: eviction };
}

/** A budget that the server is still working out turns everything away: asked again until it knows. */
const evicted = (name: string, options?: Asked): Step => ({
  ...asked(name, options),
  until: 'asExpected',
  status: 201,
  object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
});

const protectedBy = (name: string, healthy: number, options?: Asked): Step => ({
  ...asked(name, options),
  until: 'asExpected',
  status: 429,
  reason: 'TooManyRequests',
  message: /^Cannot evict pod as it would violate the pod's disruption budget\.$/,
  fields: {
    '/details/causes/0/reason': 'DisruptionBudget',
    '/details/causes/0/message': `The disruption budget a needs 1 healthy pods and has ${healthy} currently`,
  },
});

const stays = (name: string): Step => ({
  send: 'GET',
  to: `${pods}/${name}`,
  status: 200,
  fields: { '/metadata/deletionTimestamp': undefined },
});

const twoReady: readonly Step[] = [make(pod('one')), make(pod('two')), ready('one'), ready('two')];

/** Pods asked to go, as disruption budgets allow. */
export const evictions: readonly Vector[] = [
  {
    title: 'an eviction without a budget is answered 201 with a Status, and the pod goes',
    on: 'both',
    steps: [make(pod('one')), ready('one'), evicted('one'), gone(`${pods}/one`)],
  },
  {
    title:
      'an eviction that a budget does not allow is answered 429 with the cause, in a dry run too, and nothing goes',
    on: 'both',
    steps: [
      make(pod('one')),
      ready('one'),
      ...protect(1, 0),
      protectedBy('one', 1, { query: '?dryRun=All' }),
      protectedBy('one', 1),
      stays('one'),
    ],
  },
  {
    title: 'an eviction takes its pod off the budget at once: the next one is answered 429',
    on: 'both',
    steps: [
      ...twoReady,
      ...protect(2, 1),
      evicted('one'),
      {
        ...asked('two'),
        status: 429,
        reason: 'TooManyRequests',
        fields: { '/details/causes/0/reason': 'DisruptionBudget' },
      },
      gone(`${pods}/one`),
      stays('two'),
    ],
  },
  {
    title: 'an eviction in a dry run takes nothing off the budget',
    on: 'both',
    steps: [
      ...twoReady,
      ...protect(2, 1),
      evicted('one', { query: '?dryRun=All' }),
      { ...counted(2, 1) },
      stays('one'),
    ],
  },
  {
    title: 'an eviction with another uid is answered 409, and nothing goes',
    on: 'both',
    steps: [
      make(pod('one')),
      ready('one'),
      { ...asked('one', { deleteOptions: { preconditions: { uid: otherUid } } }), status: 409, reason: 'Conflict' },
      stays('one'),
    ],
  },
  {
    title: 'an eviction with the live uid is done',
    on: 'both',
    steps: [
      make(pod('one')),
      ready('one'),
      evicted('one', { deleteOptions: { preconditions: { uid: '{uid-1}' } } }),
      gone(`${pods}/one`),
    ],
  },
  {
    title: 'an eviction of a pod that is not there is answered 404, naming it',
    on: 'both',
    steps: [
      {
        ...asked('one'),
        status: 404,
        reason: 'NotFound',
        fields: { '/details/name': 'one', '/details/kind': 'pods' },
      },
    ],
  },
  {
    title: 'an eviction of a pod that does not run yet asks no budget',
    on: 'both',
    steps: [
      make(pod('one', 'pull-error')),
      { send: 'GET', to: `${pods}/one`, status: 200, fields: { '/status/phase': 'Pending' }, until: 'asExpected' },
      ...protect(0, 0),
      evicted('one'),
      gone(`${pods}/one`),
    ],
  },
  {
    title: 'an eviction of a pod that runs and is not ready is answered 429 while the budget lacks pods',
    on: 'both',
    steps: [make(pod('one', 'crash')), running('one'), ...protect(0, 0), protectedBy('one', 0), stays('one')],
  },
  {
    title: 'an eviction of a pod that runs and is not ready is done while the budget has what it wants',
    on: 'both',
    steps: [
      make(pod('one', 'crash')),
      make(pod('two')),
      running('one'),
      ready('two'),
      ...protect(1, 0),
      evicted('one'),
      gone(`${pods}/one`),
    ],
  },
  {
    title: 'an eviction of a pod that is going away asks no budget',
    on: 'both',
    steps: [
      make(pod('one', 'v1', { finalizers: ['example.com/keep'] })),
      ready('one'),
      ...protect(1, 0),
      { send: 'DELETE', to: `${pods}/one`, status: 200 },
      evicted('one'),
      { send: 'MERGE', to: `${pods}/one`, body: { metadata: { finalizers: null } }, status: 200 },
      gone(`${pods}/one`),
    ],
  },
  {
    title: 'an eviction of a pod with two budgets is answered 500, and nothing goes',
    on: 'both',
    steps: [
      make(pod('one')),
      ready('one'),
      ...protect(1, 0),
      { send: 'POST', to: budgets, body: budget('b', { selector: { matchLabels: { app: 'a' } } }), status: 201 },
      { ...asked('one'), status: 500, message: /more than one PodDisruptionBudget/ },
      stays('one'),
    ],
  },
];
