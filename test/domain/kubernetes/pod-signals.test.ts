import { describe, expect, it } from 'vitest';
import { podSignals } from '../../../src/domain/kubernetes/pod-signals.ts';
import { atStart, pod, podStart, running, waiting, withMetadata } from './objects.ts';

type Parts = Record<string, unknown>;
const signals = (status: Parts, now = atStart + 1000) => podSignals(pod('a', { status }), { now });
const first = (container: Parts) => signals({ containerStatuses: [container] })[0];
const terminated = (exitCode: number, reason = 'Error') => ({
  terminated: { exitCode, reason, message: 'password=hunter2' },
});

describe('fails at once on', () => {
  it.each([
    ['InvalidImageName', 'Failed to apply default image tag "A:B:C"'],
    ['ErrImageNeverPull', 'Container image "x" is not present with pull policy of Never'],
    ['CreateContainerConfigError', 'configmap "settings" not found'],
    ['CreateContainerConfigError', "couldn't find key password in Secret shop/db"],
    ['CreateContainerError', 'failed to generate spec: no command specified'],
    ['RunContainerError', 'exec: "serve": executable file not found in $PATH'],
    ['SignatureValidationFailed', 'no signature'],
    ['ErrImagePull', 'failed to resolve reference "shop/checkout:v2": shop/checkout:v2: not found'],
    ['ImagePullBackOff', 'Back-off pulling image "shop/checkout:v2": ErrImagePull: manifest unknown'],
    ['ErrImagePull', 'pull access denied, repository does not exist or may require authorization'],
    ['ErrImagePull', 'unexpected status from HEAD request: 401 Unauthorized'],
    ['ErrImagePull', 'unexpected status from HEAD request: 403 Forbidden'],
  ])('%s: %s', (reason, message) => {
    expect(first(waiting(reason, message))).toEqual({
      severity: 'fatal',
      reason,
      message,
      container: 'app',
      restarts: 0,
    });
  });
});

describe('gives time to', () => {
  it.each([
    ['ErrImagePull', 'dial tcp 10.0.0.1:443: i/o timeout'],
    ['ErrImagePull', 'dial tcp: lookup registry on 10.0.0.10:53: no such host'],
    ['ErrImagePull', 'lookup registry: host not found'],
    ['ErrImagePull', 'toomanyrequests: You have reached your unauthenticated pull rate limit'],
    ['ErrImagePull', 'connection refused'],
    ['ImagePullBackOff', 'Back-off pulling image "shop/checkout:v2"'],
    ['ImageInspectError', ''],
    ['RegistryUnavailable', ''],
    ['CrashLoopBackOff', 'back-off 10s restarting failed container'],
    ['PostStartHookError', ''],
    ['CreateContainerConfigError', 'failed to sync configmap cache: timed out waiting for the condition'],
    ['CreateContainerError', 'context deadline exceeded'],
    ['CreateContainerError', 'the container name "k8s_app" is reserved for "abc"'],
    ['SomethingNewError', ''],
  ])('%s: %s', (reason, message) => {
    expect(first(waiting(reason, message))).toMatchObject({ severity: 'retryable', reason });
  });

  it('an image that the runtime knows by another name', () => {
    const container = waiting('ImagePullBackOff', 'pulling "hub/denied:v2": timeout', { image: 'sha256:1' });
    expect(first(container)?.severity).toBe('retryable');
  });

  it.each([['Back-off pulling image "shop/denied:v2"'], ['failed to pull shop/denied:v2: i/o timeout']])(
    'an image whose name reads like an answer: %s',
    (message) => {
      const container = waiting('ImagePullBackOff', message, { image: 'shop/denied:v2' });
      expect(first(container)?.severity).toBe('retryable');
    },
  );
});

describe('says nothing about', () => {
  it.each([
    ['a container that waits for its turn', waiting('PodInitializing')],
    ['a container that is being created', waiting('ContainerCreating')],
    ['a container that runs', running()],
    ['a container that ended well', { name: 'a', restartCount: 0, state: terminated(0, 'Completed') }],
    [
      'a container that crashed before and is starting',
      running({ ready: false, restartCount: 2, lastState: terminated(1) }),
    ],
    ['a container that crashed often and is ready', running({ restartCount: 9, lastState: terminated(1) })],
    ['a container without any state', { name: 'a' }],
  ])('%s', (_, container) => expect(signals({ containerStatuses: [container] })).toEqual([]));

  it('a pod that is being deleted', () => {
    const broken = pod('a', { status: { containerStatuses: [waiting('InvalidImageName')] } });
    expect(podSignals(withMetadata(broken, { deletionTimestamp: podStart }), { now: atStart })).toEqual([]);
  });

  it('a pod without status', () => expect(signals({})).toEqual([]));
});

describe('tells', () => {
  it.each([
    ['a crash', { name: 'app', restartCount: 1, state: terminated(2) }, 'Error', 'last exit: Error, code 2'],
    [
      'memory running out',
      { name: 'app', restartCount: 1, state: terminated(137, 'OOMKilled') },
      'OOMKilled',
      'last exit: OOMKilled, code 137',
    ],
    [
      'memory running out behind a back-off',
      waiting('CrashLoopBackOff', 'back-off 10s', { lastState: terminated(137, 'OOMKilled') }),
      'CrashLoopBackOff',
      'back-off 10s; last exit: OOMKilled, code 137',
    ],
    [
      'a container that starts for the third time',
      running({ ready: false, restartCount: 3, lastState: terminated(1) }),
      'Error',
      'last exit: Error, code 1',
    ],
  ])('%s', (_, container, reason, message) =>
    expect(first(container)).toMatchObject({ severity: 'retryable', reason, message }),
  );

  it('init containers and sidecars, too', () => {
    const found = signals({
      initContainerStatuses: [waiting('CreateContainerConfigError', 'x', { name: 'migrate' })],
      containerStatuses: [waiting('PodInitializing')],
    });
    expect(found.map((signal) => [signal.container, signal.severity])).toEqual([['migrate', 'fatal']]);
  });

  it('how often a container was restarted', () =>
    expect(first(waiting('CrashLoopBackOff', '', { restartCount: 4 }))?.restarts).toBe(4));

  it('nothing that an application wrote', () => {
    const crashed = [
      { name: 'a', state: terminated(1) },
      waiting('CrashLoopBackOff', '', { lastState: terminated(1) }),
    ];
    expect(JSON.stringify(signals({ containerStatuses: crashed }))).not.toContain('hunter2');
  });

  it('at most 300 characters', () => {
    expect(first(waiting('ErrImagePull', 'x'.repeat(1000)))?.message).toHaveLength(300);
  });
});

describe('an unschedulable pod', () => {
  const conditions = [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/3 nodes',
      lastTransitionTime: podStart,
    },
  ];
  it('is a signal after a minute, which an autoscaler may need', () => {
    expect(signals({ conditions }, atStart + 59_000)).toEqual([]);
    expect(signals({ conditions }, atStart + 60_000)).toEqual([
      { severity: 'retryable', reason: 'Unschedulable', message: '0/3 nodes', container: null, restarts: 0 },
    ]);
  });

  it('is none while its scheduling is gated', () => {
    const gated = [{ ...conditions[0], reason: 'SchedulingGated' }];
    expect(signals({ conditions: gated }, atStart + 600_000)).toEqual([]);
  });
});
