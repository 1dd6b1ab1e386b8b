import type { FaultEffect, Incoming } from './faults.ts';
import type { Answer } from './handle.ts';
import { json } from './handle.ts';
import { ApiError, usualReason } from './status-errors.ts';

/** Effects on one request, in the order of injection. */
export type Effects = readonly { readonly effect: FaultEffect }[];

/** What becomes of a request after the faults in front of it. */
type Before =
  | { readonly go: 'on' }
  | { readonly go: 'answer'; readonly answer: Answer }
  | { readonly go: 'drop' }
  | { readonly go: 'silence' };

/** What becomes of the answer after the effect. */
export type After = Exclude<Before, { readonly go: 'on' }>;

/** What a fault needs of the server it sits in. */
export interface FaultHost {
  readonly request: Incoming;
  /** `?timeout=` of the request, in ms. */
  readonly deadline: number | undefined;
  sleep(ms: number): Promise<void>;
  refuse(ms: number | undefined): void;
}

const ON: Before = { go: 'on' };

/** `null`: the request is carried out. */
export async function before(effects: Effects, host: FaultHost): Promise<After | null> {
  for (const { effect } of effects) {
    const result = await beforeRequest(effect, host);
    if (result.go !== 'on') return result;
  }
  return null;
}

export async function after(effects: Effects, answer: Answer, host: FaultHost): Promise<After> {
  let current = answer;
  for (const { effect } of effects) {
    const result = await afterRequest(effect, current, host);
    if (result.go !== 'answer') return result;
    current = result.answer;
  }
  return { go: 'answer', answer: current };
}

/** Applies one effect before the request is carried out. */
async function beforeRequest(effect: FaultEffect, host: FaultHost): Promise<Before> {
  switch (effect.kind) {
    case 'respond':
      return { go: 'answer', answer: errorAnswer(effect) };
    case 'delay':
      return delayed(effect, host);
    case 'drop':
      return { go: 'drop' };
    case 'blackHole':
      return { go: 'silence' };
    case 'refuse':
      host.refuse(effect.ms);
      return { go: 'drop' };
    case 'call':
      if (effect.when === 'before') await effect.run(host.request);
      return ON;
    default:
      return ON;
  }
}

/** A delay inside the server counts against the request's own deadline, one in the network does not. */
async function delayed(
  effect: { readonly ms: number; readonly where?: 'network' | 'server' },
  host: FaultHost,
): Promise<Before> {
  const deadline = effect.where === 'server' ? host.deadline : undefined;
  await host.sleep(Math.min(effect.ms, deadline ?? effect.ms));
  return deadline !== undefined && effect.ms > deadline ? { go: 'answer', answer: timedOut() } : ON;
}

function timedOut(): Answer {
  const message = 'Timeout: request did not complete within requested timeout - context deadline exceeded';
  return json(504, new ApiError(504, 'Timeout', message, {}).status);
}

/** Applies one effect to the answer. */
async function afterRequest(effect: FaultEffect, answer: Answer, host: FaultHost): Promise<After> {
  switch (effect.kind) {
    case 'delayAnswer':
      await host.sleep(effect.ms);
      return { go: 'answer', answer };
    case 'doThenDrop':
      return { go: 'drop' };
    case 'doThenBlackHole':
      return { go: 'silence' };
    case 'doThenRespond':
      return { go: 'answer', answer: errorAnswer(effect) };
    case 'call':
      if (effect.when === 'after') await effect.run(host.request);
      return { go: 'answer', answer };
    default:
      return { go: 'answer', answer };
  }
}

interface Response {
  readonly status: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfter?: number;
}

function errorAnswer({ status, reason, message, retryAfter }: Response): Answer {
  const details = retryAfter === undefined ? undefined : { retryAfterSeconds: retryAfter };
  const error = new ApiError(status, reason ?? usualReason(status), message ?? 'injected fault', details);
  const answer = json(status, error.status);
  return retryAfter === undefined || answer.kind === 'watch'
    ? answer
    : { ...answer, headers: { 'Retry-After': String(retryAfter) } };
}
