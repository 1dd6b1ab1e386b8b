import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { receiveAlerts } from './alertmanager.ts';
import { checkHead, parseJson, readBytes } from './body.ts';
import { reportOfEvent, structured } from './cloudevents.ts';
import { reportOf } from './failures.ts';
import { Gatekeeper } from './gatekeeper.ts';
import type { Hands } from './hands.ts';
import { openApiDocument, registerPaths } from './openapi.ts';
import { nameSchema, parseBy } from './parse.ts';
import { checkRight, shown } from './permissions.ts';
import { Readiness } from './readiness.ts';
import { type Problem, problemResponse, Refusal } from './refusal.ts';
import { reach, type Told, tell } from './report.ts';
import type { GatewaySettings, Sender } from './settings.ts';
import { statusAnswer } from './status-answer.ts';

/** One request, as the access log has it: nothing of its headers or body. */
export interface Access {
  readonly method: string;
  readonly path: string;
  readonly sender: string | null;
  readonly status: number;
  /** What was answered, in a word or two. */
  readonly answer: string | null;
  /** Milliseconds. */
  readonly took: number;
}

export interface GatewayDependencies {
  readonly settings: GatewaySettings;
  readonly hands: Hands;
  readonly now: () => number;
  readonly onAccess: (access: Access) => void;
  /** What nobody expected; the sender learns nothing of it. */
  readonly onError: (error: unknown) => void;
}

export interface Gateway {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly gatekeeper: Gatekeeper;
}

type Env = { Variables: { sender: string; answer: string } };
type Ask = Context<Env>;

const json = ['application/json'] as const;

export function createGateway(deps: GatewayDependencies): Gateway {
  const gatekeeper = new Gatekeeper(deps.settings.senders, deps.now);
  const readiness = new Readiness(deps.hands, deps.now);
  const app = new OpenAPIHono<Env>();
  registerPaths(app.openAPIRegistry, deps.settings);
  app.use(logged(deps));
  app.onError((error, ask) => answerError(error, ask, deps));
  app.notFound((ask) => answerProblem(ask, notFound));

  const enter = (ask: Ask, types: readonly string[]) => admit(ask, gatekeeper, types);
  app.post('/v1/applications/:environment/:application/failures', async (ask) => {
    const { sender, bytes } = await enter(ask, json);
    const name = nameOf(ask);
    const idempotencyKey = ask.req.header('idempotency-key');
    const report = reportOf({ name, body: parseJson(bytes), idempotencyKey, now: deps.now() });
    return answerTold(ask, { application: shown(name), ...(await tell(deps.hands, sender, report)) });
  });
  app.get('/v1/applications/:environment/:application', async (ask) => {
    const { sender } = await enter(ask, []);
    const name = nameOf(ask);
    checkRight(sender, 'read', name);
    const answer = statusAnswer(await reach(() => deps.hands.status(name)));
    return answer === null ? answerProblem(ask, noGuard) : ask.json(answer);
  });
  const { alertmanager, cloudevents } = deps.settings;
  if (alertmanager !== null) {
    app.post('/v1/alertmanager', async (ask) => {
      const { sender, bytes } = await enter(ask, json);
      const receiver = { hands: deps.hands, sender, mapping: alertmanager };
      const { status, answers } = await receiveAlerts(receiver, parseJson(bytes));
      ask.set('answer', [...new Set(answers.map(({ answer }) => answer))].join(', '));
      if (status === 200) return ask.json({ answers });
      return answerProblem(ask, { ...undone(status), more: { answers } });
    });
  }
  if (cloudevents !== null) {
    app.post('/v1/cloudevents', async (ask) => {
      const { sender, bytes } = await enter(ask, [structured, ...json]);
      const report = reportOfEvent(cloudevents, { headers: ask.req.raw.headers, bytes, sender, now: deps.now() });
      if (report === null) return ask.json({ answer: 'ignored', detail: 'events of this type report no failure' });
      return answerTold(ask, { application: shown(report.name), ...(await tell(deps.hands, sender, report)) });
    });
  }
  app.get('/healthz', (ask) => ask.json({ status: 'ok' }));
  app.get('/readyz', async (ask) => {
    const isReady = await readiness.isReady();
    return ask.json({ status: isReady ? 'ready' : 'Temporal does not answer' }, isReady ? 200 : 503);
  });
  app.get('/openapi.json', (ask) => ask.json(openApiDocument(app)));
  app.on(['GET', 'PUT', 'PATCH', 'DELETE', 'POST'], Object.keys(methods), (ask) =>
    answerProblem(ask, wrongMethod(ask)),
  );
  return { fetch: (request) => app.fetch(request), gatekeeper };
}

/** Reads no more than the limit, knows who sends, and lets them do no more than their rate. */
async function admit(
  ask: Ask,
  gatekeeper: Gatekeeper,
  types: readonly string[],
): Promise<{ sender: Sender; bytes: Uint8Array }> {
  const { headers, body } = ask.req.raw;
  if (types.length > 0) checkHead(headers, types);
  const bytes = types.length > 0 ? await readBytes(body) : new Uint8Array();
  const sender = gatekeeper.admit({ headers, path: new URL(ask.req.url).pathname, body: bytes });
  ask.set('sender', sender.name);
  return { sender, bytes };
}

function nameOf(ask: Ask): { environment: string; application: string } {
  const { environment, application } = ask.req.param() as Readonly<Record<string, string>>;
  return { environment: parseBy(nameSchema, environment), application: parseBy(nameSchema, application) };
}

const statuses: Readonly<Record<Told['answer'], 200 | 202 | 404 | 409>> = {
  accepted: 202,
  rollback: 202,
  duplicate: 200,
  'no guard': 404,
  ended: 409,
  'not this deploy': 409,
};

function answerTold(ask: Ask, told: Told & { readonly application: string }): Response {
  const status = statuses[told.answer];
  ask.set('answer', told.answer);
  if (status === 200 || status === 202) return ask.json(told, status);
  const { detail, ...more } = told;
  const type = told.answer.replaceAll(' ', '-');
  return problemResponse({ status, type, title: `Nothing was done: ${told.answer}`, detail, more });
}

const notFound: Problem = {
  status: 404,
  type: 'not-found',
  title: 'There is nothing here',
  detail: 'the paths are in /openapi.json; receivers must be configured',
};

const noGuard: Problem = {
  status: 404,
  type: 'no-guard',
  title: 'No guard of this application is known',
  detail: 'check environment and application',
};

function undone(status: Problem['status']): Problem {
  const title = 'Some alerts were not reported';
  const headers = status === 503 ? { headers: { 'retry-after': '5' } } : {};
  return { status, type: 'alerts', title, detail: 'see "answers" for each of them', ...headers };
}

/** Known paths, and how they are asked. */
const methods: Readonly<Record<string, string>> = {
  '/v1/applications/:environment/:application/failures': 'POST',
  '/v1/applications/:environment/:application': 'GET',
  '/v1/alertmanager': 'POST',
  '/v1/cloudevents': 'POST',
  '/healthz': 'GET',
  '/readyz': 'GET',
  '/openapi.json': 'GET',
};

function wrongMethod(ask: Ask): Problem {
  const allow = methods[ask.req.routePath] ?? 'POST';
  if (ask.req.method === allow) return notFound;
  const detail = `use ${allow}`;
  return { status: 405, type: 'method', title: 'This method is not allowed here', detail, headers: { allow } };
}

function logged({ now, onAccess }: GatewayDependencies) {
  return async (ask: Ask, next: () => Promise<void>) => {
    const from = now();
    await next();
    onAccess({
      method: ask.req.method,
      path: new URL(ask.req.url).pathname.slice(0, 300),
      sender: ask.get('sender') ?? null,
      status: ask.res.status,
      answer: ask.get('answer') ?? null,
      took: now() - from,
    });
  };
}

function answerProblem(ask: Ask, problem: Problem): Response {
  if (ask.get('answer') === undefined) ask.set('answer', problem.type);
  return problemResponse(problem);
}

function answerError(error: unknown, ask: Ask, { onError }: GatewayDependencies): Response {
  if (error instanceof Refusal) return answerProblem(ask, error.problem);
  onError(error);
  const detail = 'the gateway has logged why';
  return answerProblem(ask, { status: 500, type: 'internal', title: 'The gateway failed', detail });
}
