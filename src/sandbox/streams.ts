import type { ServerResponse } from 'node:http';
import { encode } from './json.ts';
import { expired } from './status-errors.ts';
import type { WatchSink } from './watch.ts';

/**
 * What befalls a watch that is under way. `end`: as at its timeout. `cut`: its connection is lost, or (`cutMidLine`) lost
 * in the middle of an event. `silence`: it stays open and nothing arrives any more. `expire`: 410.
 */
export type StreamTrouble = 'end' | 'cut' | 'cutMidLine' | 'silence' | 'expire';

interface Stream {
  readonly path: string;
  readonly response: ServerResponse;
  isSilent: boolean;
}

/** The open watches of one cluster. */
export class Streams {
  readonly #open = new Set<Stream>();

  /** Where a watch writes from now on. */
  add(path: string, response: ServerResponse): WatchSink {
    const stream: Stream = { path, response, isSilent: false };
    this.#open.add(stream);
    response.once('close', () => this.#open.delete(stream));
    return {
      line: (text) => void (stream.isSilent || response.write(`${text}\n`)),
      end: () => void (stream.isSilent || response.end()),
    };
  }

  /** Path and query of each; `path`: a regular expression over them. */
  paths(path = ''): string[] {
    return this.#matching(path).map((stream) => stream.path);
  }

  /** Answers how many it struck. */
  strike(trouble: StreamTrouble, path = ''): number {
    const struck = this.#matching(path);
    for (const stream of struck) strikes[trouble](stream);
    return struck.length;
  }

  #matching(path: string): Stream[] {
    return [...this.#open].filter((stream) => new RegExp(path).test(stream.path));
  }
}

const strikes: Readonly<Record<StreamTrouble, (stream: Stream) => void>> = {
  end: ({ response }) => void response.end(),
  cut: ({ response }) => void response.socket?.destroy(),
  cutMidLine: ({ response }) =>
    void response.write('{"type":"MODIFIED","object":{"ki', () => response.socket?.destroy()),
  silence: (stream) => {
    stream.isSilent = true;
  },
  expire: ({ response }) => {
    const { status } = expired('too old resource version');
    response.end(`${encode({ type: 'ERROR', object: status })}\n`);
  },
};
