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
    ['CreateContainerConfigError', 'container has runAsNonRoot and image will run as root'],
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
    ['PostStartHookError', ''],
    ['RunContainerError', 'failed to create shim task: OCI runtime create failed: device or resource busy'],
    ['CreateContainerConfigError', 'object "shop"/"settings" not registered'],
    ['CreateContainerConfigError', "secret is forbidden: no relationship found between node 'n' and this object"],
    ['CreateContainerConfigError', 'failed to sync configmap cache: timed out waiting for the condition'],
    ['CreateContainerError', 'context deadline exceeded'],
    ['CreateContainerError', 'the container name "k8s_app" is reserved for "abc"'],
    ['SomethingNewError', ''],
  ])('%s: %s', (reason, message) => {
    expect(first(waiting(reason, message))).toMatchObject({ severity: 'retryable', reason });
  });

  it('an image that is denied while the Secret to pull it with may still come', () => {
    const denied = waiting(
      'ErrImagePull',
      'pull access denied, repository does not exist or may require authorization',
    );
    const secretive = {
      ...pod('a', { status: { containerStatuses: [denied] } }),
      spec: { imagePullSecrets: [{ name: 's' }] },
    };
    expect(podSignals(secretive, { now: atStart })[0]?.severity).toBe('retryable');
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

describe('calls curable, since a later part of the deploy may bring it', () => {
  it.each([
    ['configmap "settings" not found'],
    ['secret "db" not found'],
    ["couldn't find key password in Secret shop/db"],
    ["couldn't find key mode in ConfigMap shop/settings"],
  ])('%s', (message) => {
    expect(first(waiting('CreateContainerConfigError', message))?.severity).toBe('curable');
  });
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

  it.each([
    ['was evicted', { phase: 'Failed', reason: 'Evicted' }],
    ['is over', { phase: 'Succeeded' }],
    ['is preempted or drained', { conditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
  ])('a pod that %s', (_, status) => {
    expect(signals({ ...status, containerStatuses: [{ name: 'a', state: terminated(137) }] })).toEqual([]);
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
    expect(first(container)).toMatchObject({ severity: 'crash', reason, message }),
  );

  it('init containers and sidecars, too', () => {
    const found = signals({
      initContainerStatuses: [waiting('InvalidImageName', 'x', { name: 'migrate' })],
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
      { severity: 'fatal', reason: 'Unschedulable', message: '0/3 nodes', container: null, restarts: 0 },
    ]);
  });

  it('is none while its scheduling is gated', () => {
    const gated = [{ ...conditions[0], reason: 'SchedulingGated' }];
    expect(signals({ conditions: gated }, atStart + 600_000)).toEqual([]);
  });
});

describe('a pod whose volumes do not come', () => {
  const conditions = [{ type: 'PodReadyToStartContainers', status: 'False', lastTransitionTime: podStart }];
  it('is a signal when the kubelet has given up waiting for them, too', () => {
    expect(signals({ conditions }, atStart + 124_000)).toEqual([]);
    expect(signals({ conditions }, atStart + 125_000)).toMatchObject([
      { severity: 'fatal', reason: 'ContainerCreating' },
    ]);
  });

  it('is none while a large image is pulled, which comes after them', () => {
    const there = [{ ...conditions[0], status: 'True' }];
    const pulling = { conditions: there, containerStatuses: [waiting('ContainerCreating')] };
    expect(signals(pulling, atStart + 600_000)).toEqual([]);
  });
});
