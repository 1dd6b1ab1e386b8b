import { z } from '@hono/zod-openapi';
import { parseJson } from './body.ts';
import { mapDocument } from './mapping.ts';
import { parseBy } from './parse.ts';
import { refuse } from './refusal.ts';
import type { Report } from './report.ts';
import type { GatewaySettings, Sender } from './settings.ts';

export const structured = 'application/cloudevents+json';

const text = z.string().min(1).max(2000);

/** Version 1.0; extensions are kept for the mapping. */
export const cloudEventSchema = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: text,
    source: text,
    type: text,
    subject: text.optional(),
    time: z.iso.datetime({ offset: true }).optional(),
    data: z.unknown(),
  })
  .openapi('CloudEvent');

export interface ReceivedEvent {
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly sender: Sender;
  readonly now: number;
}

/** `null`: an event of a type that reports no failure. Throws `Refusal`. */
export function reportOfEvent(
  { types, ...mapping }: NonNullable<GatewaySettings['cloudevents']>,
  received: ReceivedEvent,
): Report | null {
  const event = parseBy(cloudEventSchema, documentOf(received));
  if (!types.includes(event.type)) return null;
  const { reason, ...mapped } = mapDocument(mapping, event);
  return {
    ...mapped,
    reason: reason ?? event.type,
    // What the standard promises to be one event.
    key: `${event.source} ${event.id}`,
    observedAt: new Date(event.time ?? received.now).toISOString(),
  };
}

function documentOf({ headers, bytes, sender }: ReceivedEvent): unknown {
  const data = parseJson(bytes);
  if ((headers.get('content-type') ?? '').toLowerCase().startsWith(structured)) return data;
  if (sender.auth === 'hmac') {
    const detail = `a signature covers no headers: send the structured form, as ${structured}`;
    refuse({ status: 415, type: 'unsupported', title: 'Signed events must be structured', detail });
  }
  return { ...attributesOf(headers), data };
}

/** The binary form: attributes are headers, percent-encoded. */
function attributesOf(headers: Headers): Record<string, string> {
  const attributes = [...headers].filter(([name]) => /^ce-[a-z0-9]+$/.test(name));
  return Object.fromEntries(attributes.map(([name, value]) => [name.slice('ce-'.length), decoded(value)]));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
