import { type IncomingMessage, request } from 'node:http';

/** What the gateway's documents have among them: reports, problems, groups of alerts, and the interface itself. */
export interface GatewayDocument {
  readonly answer?: string;
  readonly type?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly answers?: readonly { readonly answer?: string; readonly detail?: string }[];
  readonly paths?: object;
  readonly components?: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly json: GatewayDocument;
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
