import { randomBytes } from 'node:crypto';
import { Agent, request } from 'undici';
import { expect } from 'vitest';
import { expected, observed } from './expectation.ts';
import { isObject, Names } from './names.ts';
import type { Answer, Json, JsonObject, Method, Step, Vector } from './vector.ts';

/** An API server to try; `headers` must make the caller an administrator. */
export interface Server {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM of the authority that signed the server's certificate; not needed for plain HTTP. */
  readonly ca?: string;
}

export interface Connection {
  send(method: Method, path: string, body?: Json): Promise<Answer>;
  close(): Promise<void>;
}

export function connect({ url, headers, ca }: Server): Connection {
  const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } });
  return {
    send: async (method, path, body) => {
      const answer = await request(`${url}${path}`, {
        dispatcher,
        method: method in PATCH_TYPES ? 'PATCH' : (method as 'GET'),
        headers: {
          ...headers,
          accept: 'application/json',
          'user-agent': 'vector/1.0',
          ...(body === undefined ? {} : { 'content-type': PATCH_TYPES[method] ?? 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: answer.statusCode, body: parsed(await answer.body.text()) };
    },
    close: () => dispatcher.close(),
  };
}

const PATCH_TYPES: Readonly<Record<string, string>> = {
  MERGE: 'application/merge-patch+json',
  'JSON PATCH': 'application/json-patch+json',
  APPLY: 'application/apply-patch+yaml',
  STRATEGIC: 'application/strategic-merge-patch+json',
};

/** An answer that is no JSON object (`404 page not found`) counts as an empty one. */
function parsed(text: string): JsonObject {
  return text.startsWith('{') ? (JSON.parse(text) as JsonObject) : {};
}

/** Runs one vector in a new namespace and fails on the first difference. */
export async function runVector(connection: Connection, vector: Vector): Promise<void> {
  const namespace = `vector-${randomBytes(6).toString('hex')}`;
  const names = new Names(namespace);
  await create(connection, namespace);
  try {
    await runSteps({ connection, names, answers: [] }, vector);
  } finally {
    for (const path of [...(vector.leaves ?? []), '/api/v1/namespaces/{ns}']) {
      await connection.send('DELETE', names.unmaskText(path));
    }
  }
}

async function create(connection: Connection, name: string): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  const { status, body } = await connection.send('POST', '/api/v1/namespaces', namespace);
  if (status !== 201) throw new Error(`POST of the vector's namespace: ${status} ${JSON.stringify(body)}`);
}

interface Run {
  readonly connection: Connection;
  names: Names;
  /** By step. */
  readonly answers: Answer[];
}

async function runSteps(run: Run, vector: Vector): Promise<void> {
  for (const step of vector.steps) await runStep(run, step);
  for (const [path, object] of Object.entries(vector.after ?? {})) {
    await runStep(run, { send: 'GET', to: path, ...(object === 'absent' ? ABSENT : { status: 200, object }) });
  }
}

const ABSENT = { status: 404, reason: 'NotFound' };
const PATIENCE_MS = 8_000;
const PAUSE_MS = 50;

async function runStep(run: Run, step: Step): Promise<void> {
  const deadline = Date.now() + (step.until === undefined ? 0 : PATIENCE_MS);
  for (;;) {
    const { answer, names, difference } = await attempt(run, step);
    if (difference === undefined || Date.now() >= deadline) {
      run.answers.push(answer);
      run.names = names;
      if (difference !== undefined) throw difference;
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function attempt(run: Run, step: Step): Promise<{ answer: Answer; names: Names; difference?: unknown }> {
  const names = run.names.copy();
  const answer = await run.connection.send(step.send, names.unmaskText(step.to), bodyOf(run, step));
  try {
    const label = `${step.send} ${step.to} (step ${run.answers.length + 1}): ${JSON.stringify(answer.body)}`;
    expect(observed({ answer, names, step, earlier: run.answers }), label).toEqual(expected(step));
    return { answer, names };
  } catch (difference) {
    return { answer, names, difference };
  }
}

function bodyOf({ names, answers }: Run, { body, resend }: Step): Json | undefined {
  if (resend === undefined) return body === undefined ? undefined : names.unmask(body);
  const { metadata, ...content } = answers[resend - 1]?.body ?? {};
  const { managedFields: _fields, resourceVersion: _version, ...rest } = isObject(metadata) ? metadata : {};
  return { ...content, metadata: rest };
}
