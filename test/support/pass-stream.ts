import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';

export function isWatch(url: string): boolean {
  return /[?&]watch=(1|true)/.test(url);
}

/** Passes an answer on as it comes, until either side ends it. */
export async function passStream(answered: Dispatcher.ResponseData, response: ServerResponse): Promise<void> {
  const type = String(answered.headers['content-type'] ?? 'application/json');
  response.writeHead(answered.statusCode, { 'content-type': type }).flushHeaders();
  await pipeline(answered.body, response).catch(() => response.destroy());
}
