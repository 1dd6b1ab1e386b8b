import { type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import type { Env } from 'hono';
import { alertGroupSchema } from './alertmanager.ts';
import { cloudEventSchema, structured } from './cloudevents.ts';
import { failureSchema } from './failures.ts';
import { nameSchema } from './parse.ts';
import type { GatewaySettings } from './settings.ts';
import { statusSchema } from './status-answer.ts';

type Registry = OpenAPIHono['openAPIRegistry'];

const answerSchema = z
  .object({
    answer: z.enum(['accepted', 'duplicate', 'rollback']),
    detail: z.string(),
    application: z.string().openapi({ example: 'production/shop' }),
  })
  .openapi('Answer');

const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:belay:problem:no-guard' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    answer: z.enum(['no guard', 'ended', 'not this deploy']).optional(),
    outcome: z.string().optional(),
  })
  .openapi('Problem');

const name = z.object({ environment: nameSchema, application: nameSchema });

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

const doorProblems = {
  400: problem('The body is not as described; "errors" names each field'),
  401: problem('Signature, time or token is wrong, or the request was sent before'),
  403: problem('The sender lacks a right, or the application is not among its own'),
  413: problem('The body has more than 256 KiB'),
  415: problem('Not JSON in UTF-8'),
  429: problem('Too many requests of this sender'),
  503: problem('Temporal does not answer: send it again, with the same key'),
};

const toldProblems = {
  404: problem('no guard: Temporal knows none of this application'),
  409: problem('ended: the guard is over; or not this deploy: the report is about an earlier one'),
};

const answers = {
  202: {
    description: 'accepted, or rollback: no guard was open and a rollback was asked for',
    content: { 'application/json': { schema: answerSchema } },
  },
  200: {
    description: 'duplicate: reported before with the same key',
    content: { 'application/json': { schema: answerSchema } },
  },
};

const failures: RouteConfig = {
  method: 'post',
  path: '/v1/applications/{environment}/{application}/failures',
  summary: 'Report that a deploy fails',
  security: [{ signature: [] }, { bearer: [] }],
  request: { params: name, body: { required: true, content: { 'application/json': { schema: failureSchema } } } },
  responses: { ...answers, ...doorProblems, ...toldProblems },
};

const status: RouteConfig = {
  method: 'get',
  path: '/v1/applications/{environment}/{application}',
  summary: 'Where the latest run of an application stands',
  security: [{ signature: [] }, { bearer: [] }],
  request: { params: name },
  responses: {
    200: { description: 'known', content: { 'application/json': { schema: statusSchema } } },
    404: problem('Temporal knows no run of it'),
    ...doorProblems,
  },
};

const alerts: RouteConfig = {
  method: 'post',
  path: '/v1/alertmanager',
  summary: "Alertmanager's webhook",
  security: [{ bearer: [] }],
  request: { body: { required: true, content: { 'application/json': { schema: alertGroupSchema } } } },
  responses: {
    200: { description: 'what became of each alert' },
    ...doorProblems,
    422: problem('From some alerts no application can be told; the others were reported'),
  },
};

const events: RouteConfig = {
  method: 'post',
  path: '/v1/cloudevents',
  summary: 'A CloudEvent, structured or (with a bearer token) binary',
  security: [{ signature: [] }, { bearer: [] }],
  request: {
    body: {
      required: true,
      content: { [structured]: { schema: cloudEventSchema }, 'application/json': { schema: z.unknown() } },
    },
  },
  responses: {
    ...answers,
    ...doorProblems,
    ...toldProblems,
    422: problem('No application can be told from the event'),
  },
};

const probes: readonly RouteConfig[] = [
  ['/healthz', 'Whether the gateway runs'] as const,
  ['/readyz', 'Whether Temporal answers it'] as const,
].map(([path, summary]) => ({
  method: 'get',
  path,
  summary,
  responses: { 200: { description: 'yes' }, ...(path === '/readyz' ? { 503: { description: 'no' } } : {}) },
}));

/** Says what the gateway offers as it is configured. */
export function registerPaths(registry: Registry, { alertmanager, cloudevents }: GatewaySettings): void {
  const paths = [failures, status, ...(alertmanager ? [alerts] : []), ...(cloudevents ? [events] : []), ...probes];
  for (const path of paths) registry.registerPath(path);
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', 'signature', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Belay-Signature',
    description:
      't=<seconds>,v1=<HMAC-SHA256 of "<t>.<path>.<body>" in hex>, with the name of the sender in X-Belay-Sender',
  });
}

export function openApiDocument<E extends Env>(app: OpenAPIHono<E>) {
  return app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Belay gateway', version: '1' } });
}
