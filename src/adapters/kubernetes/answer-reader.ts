import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

/** An answer as it came, whatever its status. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** No complete answer. `sent` is false only when not a byte of the request went out and none ever will. */
export class TransportFailure extends Error {
  readonly sent: boolean;
  readonly code: string;

  constructor(sent: boolean, code: string) {
    super(`${code} ${sent ? 'after the request was sent' : 'before the request was sent'}`);
    this.name = 'TransportFailure';
    this.sent = sent;
    this.code = code;
  }
}

interface ReaderOptions {
  readonly resolve: (answer: RawAnswer) => void;
  readonly reject: (failure: TransportFailure) => void;
  readonly timeout: number;
  /** Asked right before the first byte is written: connecting takes time, and a process may be stopped meanwhile. */
  readonly maySend: () => boolean;
}

/** Collects one answer from undici and settles once: with the answer, or with what is known of its absence. */
export class AnswerReader implements Dispatcher.DispatchHandler {
  private readonly options: ReaderOptions;
  private readonly timer: NodeJS.Timeout;
  private readonly chunks: Buffer[] = [];
  private controller: Dispatcher.DispatchController | undefined;
  private settled = false;
  private status = 0;
  private headers: IncomingHttpHeaders = {};

  constructor(options: ReaderOptions) {
    this.options = options;
    this.timer = setTimeout(() => this.fail('TIMEOUT'), options.timeout);
  }

  /** Called right before the first byte is written. Undici may call it again to send again: that is refused. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.settled || this.controller || !this.options.maySend())
      controller.abort(Object.assign(new Error('not sent a second time, nor too late'), { code: 'NOT_SENT' }));
    else this.controller = controller;
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.settle()) return;
    this.options.resolve({ status: this.status, headers: this.headers, text: Buffer.concat(this.chunks).toString() });
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.fail('code' in error ? String(error.code) : error.name);
  }

  private fail(code: string): void {
    if (!this.settle()) return;
    this.options.reject(new TransportFailure(this.controller !== undefined, code));
    // Destroys the socket, so that the server sees the request's end too.
    this.controller?.abort(new Error(code));
  }

  private settle(): boolean {
    clearTimeout(this.timer);
    const isFirst = !this.settled;
    this.settled = true;
    return isFirst;
  }
}
