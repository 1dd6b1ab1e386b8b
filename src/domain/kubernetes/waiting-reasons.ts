import type { Json, KubeObject } from '../../schema/json.ts';
import { asList, asText, at } from './json.ts';

/**
 * How a trouble can end: `fatal` only by another change, `curable` by something that a later part of the same deploy (or
 * an operator) may bring, `retryable` by itself, and `crash` by a container that starts well the next time.
 */
export type Severity = 'fatal' | 'curable' | 'retryable' | 'crash';

const misconfigured: ReadonlySet<string> = new Set([
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'SignatureValidationFailed',
]);

const pullErrors: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'RegistryUnavailable',
]);

const crashes: ReadonlySet<string> = new Set(['CrashLoopBackOff']);

/** Every other reason that reads like trouble, such as PostStartHookError. */
const troubled = /^Err|(Error|BackOff)$/;

/** The kubelet's caches, its rights or the container runtime were late or busy: the same container starts on the next try. */
const passing =
  /timed out|deadline exceeded|failed to sync|is reserved for|not registered|no relationship found|connection refused|transport is closing|temporarily unavailable|resource busy/i;

/** What a container reads is not there (yet): a ConfigMap, a Secret, or a key of one. */
const absent = /(configmap|secret)s? \S+ not found|couldn't find key/i;

/** What a registry says about an image that is not there; a host not found is a passing DNS trouble. */
const unknownImage = /(?<!host )not found|(manifest|name) unknown/i;

/** What it says about an image that is not ours, or not there and so not told. */
const deniedImage = /\bdenied\b|\bunauthorized\b|\bforbidden\b|no basic auth credentials|does not exist/i;

/** How bad it is that a container waits for this reason; undefined when it only takes its turn. */
export function waitingSeverity(reason: string, container: Json, pod: KubeObject): Severity | undefined {
  const message = asText(at(container, 'state', 'waiting', 'message')) ?? '';
  if (crashes.has(reason)) return 'crash';
  if (pullErrors.has(reason)) return pullSeverity(withoutImage(message, container), pod);
  if (!misconfigured.has(reason)) return troubled.test(reason) ? 'retryable' : undefined;
  if (passing.test(message)) return 'retryable';
  return reason === 'CreateContainerConfigError' && absent.test(message) ? 'curable' : 'fatal';
}

/** The Secret that a pod pulls with may come after it; the kubelet goes on without. */
function pullSeverity(answer: string, pod: KubeObject): Severity {
  if (deniedImage.test(answer)) return asList(at(pod, 'spec', 'imagePullSecrets')).length > 0 ? 'retryable' : 'fatal';
  return unknownImage.test(answer) ? 'fatal' : 'retryable';
}

/** An image may be named `denied`, and repeats in the text both quoted and not. */
function withoutImage(message: string, container: Json): string {
  const image = asText(at(container, 'image')) ?? '';
  const unquoted = message.replace(/"[^"]*"/g, '');
  return image === '' ? unquoted : unquoted.replaceAll(image, '');
}
