import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Connection, connect, runVector, type Server } from './run-vector.ts';
import type { Vector } from './vector.ts';
import { topics } from './vectors/index.ts';

/** Several steps may each wait for a controller. */
const LIMIT_MS = 60_000;

/** Defines one test per vector, against the server that there is once the tests start. */
export function describeVectors(server: () => Server, isMeant: (vector: Vector) => boolean): void {
  let connection: Connection;
  beforeAll(() => {
    connection = connect(server());
  });
  afterAll(() => connection.close());

  for (const [topic, vectors] of Object.entries(topics)) {
    describe(topic, () => {
      for (const vector of vectors.filter(isMeant)) it(vector.title, () => runVector(connection, vector), LIMIT_MS);
    });
  }
}
