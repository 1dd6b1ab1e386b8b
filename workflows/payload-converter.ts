import { defaultPayloadConverter, type Payload, type PayloadConverter, ValueError } from '@temporalio/common';

type FromPayload = Parameters<PayloadConverter['fromPayload']>;

/**
 * The converter of the workflow bundle. Anybody may send anything: where the SDK's own converter throws, the workflow
 * task fails for ever and the run is deaf. A message that cannot be decoded becomes `{ undecodable }` instead, and its
 * handler says so. What an activity answers is never taken for less than it is: there it throws, and the task is tried
 * again until a worker can read it.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload: <T>(...[payload, context, hint]: FromPayload): T => {
    const value = decodeOrSay(payload, context, hint);
    if (context?.type === 'activity' && isUndecodable(value))
      throw new ValueError(`the answer of an activity could not be decoded (${String(value.undecodable)})`);
    return value as T;
  },
};

/** The decoder's own words would quote the payload, which may hold a secret: only its encoding is named. */
function decodeOrSay(...[payload, context, hint]: FromPayload): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload, context, hint);
  } catch {
    return { undecodable: `encoding ${encodingOf(payload)}` };
  }
}

const longestEncoding = 60;

function encodingOf({ metadata }: Payload): string {
  const bytes = metadata?.encoding;
  if (!bytes || bytes.length === 0) return 'missing';
  return String.fromCharCode(...bytes.slice(0, longestEncoding)).replace(/[^\x21-\x7e]/g, '?');
}

/** A payload codec too puts this in the place of what it cannot decrypt. */
function isUndecodable(value: unknown): value is { readonly undecodable: unknown } {
  return typeof value === 'object' && value !== null && 'undecodable' in value;
}
