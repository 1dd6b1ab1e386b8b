import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { searchAttributes } from '../../src/schema/search-attributes.ts';
import { uniqueName, useTemporal } from '../support/temporal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const serviceSchema = z.object({
  image: z.string(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()).min(2) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  restart: z.string(),
});
const compose = z
  .object({ services: z.record(z.string(), serviceSchema), volumes: z.record(z.string(), z.null()) })
  .parse(parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }));
const services = Object.entries(compose.services);

/** A service that may be waited for by its health has a health check; one that is restarted only when it fails is to end. */
function readinessOf(service: z.infer<typeof serviceSchema> | undefined): string {
  if (service?.restart.startsWith('on-failure')) return 'service_completed_successfully';
  return service?.healthcheck === undefined ? 'nothing to wait for' : 'service_healthy';
}

describe('docker-compose.yml', () => {
  test('pins every image, and never the deprecated auto-setup', () => {
    const images = services.map(([, { image }]) => image);
    expect(images.filter((image) => !/:\d+(\.\d+)*$/.test(image) || image.includes('auto-setup'))).toEqual([]);
  });

  test('takes the server and UI that the pinned CLI contains', () => {
    const images = services.map(([, { image }]) => image).filter((image) => image.startsWith('temporalio/'));
    const admin = 'temporalio/admin-tools:1.32.0';
    expect(images).toEqual([admin, 'temporalio/server:1.32.0', admin, 'temporalio/ui:2.54.1']);
  });

  test('publishes ports on loopback only', () => {
    const ports = services.flatMap(([, service]) => service.ports);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('waits for what is really there: health where a service stays, success where it ends', () => {
    const waits = services.flatMap(([, { depends_on }]) => Object.entries(depends_on));
    expect(waits.length).toBeGreaterThan(0);
    for (const [name, { condition }] of waits) expect(condition, name).toBe(readinessOf(compose.services[name]));
  });

  test('mounts only files that exist and volumes that are declared', () => {
    const sources = services.flatMap(([, { volumes }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    for (const source of sources) {
      if (source.startsWith('.')) accessSync(join(root, source), constants.R_OK);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });
});

describe('the namespace script', () => {
  const temporal = useTemporal();

  test('creates namespace and search attributes, and does nothing the second time', async () => {
    const namespace = uniqueName('compose');
    const script = join(root, 'deploy/compose/set-up-namespace.sh');
    const folder = await mkdtemp(join(tmpdir(), 'belay-compose-'));
    await symlink(inject('temporalCli'), join(folder, 'temporal'));
    const address = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: namespace };
    const env = { PATH: `${folder}:${process.env.PATH}`, HOME: process.env.HOME, ...address };
    await run('sh', [script], { env });
    const { stdout } = await run('sh', [script], { env });
    await rm(folder, { recursive: true });
    expect(stdout).not.toMatch(/registered|have been added/);
    const { customAttributes } = await temporal.client.connection.operatorService.listSearchAttributes({ namespace });
    const ours = Object.keys(customAttributes ?? {}).filter((name) => name.startsWith('Belay'));
    expect(ours.sort()).toEqual(Object.keys(searchAttributes).sort());
  });
});
