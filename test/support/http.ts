import { type IncomingMessage, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the document it asks for
  readonly json: any;
}

export interface HttpAsk {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; a list is sent in chunks, without a length. */
  readonly body?: string | readonly Uint8Array[];
}

/** A request by Node's own client, which sends what it is told to, however wrong; an answer may come before all is sent. */
export function ask(url: string, { method = 'POST', headers = {}, body = '' }: HttpAsk): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const sent = request(url, { method, headers: { 'content-type': 'application/json', ...headers } }, (incoming) => {
      answered = true;
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const json = JSON.parse(Buffer.concat(chunks).toString() || 'null');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, json });
      });
    });
    // A server that has said no may close before all has been sent.
    sent.on('error', (error) => {
      if (!answered) reject(error);
    });
    if (typeof body === 'string') sent.end(body);
    else {
      for (const chunk of body) sent.write(chunk);
      sent.end();
    }
  });
}
