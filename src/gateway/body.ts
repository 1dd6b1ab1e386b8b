import { refuse } from './refusal.ts';

/** Bytes. An Alertmanager group of some hundred alerts fits. */
const bodyLimit = 256 * 1024;

/** Before anything is read: what is too long by its own account, or nothing we read. */
export function checkHead(headers: Headers, types: readonly string[]): void {
  const length = headers.get('content-length');
  if (length !== null && Number(length) > bodyLimit) tooLarge();
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity') unsupported('content-encoding', 'send the body uncompressed');
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').split(';').map((part) => part.trim());
  if (!types.includes(type.toLowerCase())) unsupported('content-type', `send ${types.join(' or ')}`);
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter))?.slice('charset='.length);
  if (charset !== undefined && !/^"?utf-?8"?$/i.test(charset)) unsupported('charset', 'send UTF-8');
}

/** Reads no more than the limit, whatever the length says. */
export async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > bodyLimit) tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decode(bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuse({ status: 400, type: 'not-json', title: 'The body is not JSON', detail: 'send one JSON document' });
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return unsupported('charset', 'the body is not UTF-8: send UTF-8');
  }
}

function tooLarge(): never {
  refuse({
    status: 413,
    type: 'too-large',
    title: 'The body is too large',
    detail: `send at most ${bodyLimit} bytes`,
    // What is left of the body is not read.
    headers: { connection: 'close' },
  });
}

function unsupported(field: string, fix: string): never {
  refuse({ status: 415, type: 'unsupported', title: `The ${field} is not supported`, detail: fix, more: { field } });
}
