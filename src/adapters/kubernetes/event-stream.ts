import type { Json } from '../../schema/json.ts';
import { answerError, type FailureContext, unreadableError } from './failures.ts';
import { objectAt, textAt } from './json-access.ts';
import { parseJson, printJson } from './json-text.ts';
import type { RawStream } from './transport.ts';

/** Each event of a watch's answer. A refusal, also one amid the events, and a line that is no JSON are `PortError`s. */
export async function* eventsOf(context: FailureContext, stream: RawStream): AsyncGenerator<Json> {
  const { status, headers, body } = stream;
  if (status !== 200) throw answerError(context, { status, headers, text: await wholeText(body) });
  for await (const line of linesOf(body)) {
    const event = parsed(context, line);
    if (textAt(event, 'type') === 'ERROR') throw errorEvent(context, event);
    yield event;
  }
}

function parsed(context: FailureContext, line: string): Json {
  try {
    return parseJson(line);
  } catch {
    throw unreadableError(context, { status: 200, headers: {}, text: '' });
  }
}

function errorEvent(context: FailureContext, event: Json) {
  const status = objectAt(event, 'object');
  return answerError(context, { status: Number(printJson(status.code ?? 500)), headers: {}, text: printJson(status) });
}

/** What follows the last line break is half an event: the stream was cut, and nothing is made of it. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

async function wholeText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
