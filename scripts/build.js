#!/usr/bin/env node
// Plain JavaScript without imports of ours: `prepare` runs it before anything is built.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const require = createRequire(import.meta.url);

deleteStale();
compile();
await bundleWorkflows();
makeExecutable();

/** A test or an import must never meet the output of a source that is gone. */
function deleteStale() {
  for (const file of filesUnder(dist)) {
    const source = file.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
    if (source !== file && !isOurs(file) && !existsSync(join(root, source))) rmSync(join(dist, file));
  }
}

function isOurs(file) {
  return file.startsWith('workflow-bundle.');
}

function compile() {
  const tsc = require.resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Production runs the same prebuilt code on every worker; bundling at start would cost each of them seconds. */
async function bundleWorkflows() {
  const entry = join(dist, 'workflows', 'index.js');
  const key = bundleKey();
  const [bundle, keyFile] = [join(dist, 'workflow-bundle.js'), join(dist, 'workflow-bundle.key')];
  if (existsSync(bundle) && existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key) return;
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const payloadConverterPath = join(dist, 'workflows', 'payload-converter.js');
  const { code } = await bundleWorkflowCode({ workflowsPath: entry, payloadConverterPath, logger: quietLogger() });
  writeFileSync(bundle, code);
  writeFileSync(keyFile, key);
}

/**
 * Everything the bundle is made of: our compiled files, the payload converter among them, how this file puts them
 * together, and the SDK, whose version must match the worker's exactly.
 */
function bundleKey() {
  const hash = createHash('sha256').update(require('@temporalio/worker/package.json').version);
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  const sources = filesUnder(dist).filter((file) => /^(workflows|src\/(domain|schema))\/.*\.js$/.test(file));
  for (const file of sources.sort()) hash.update(`\0${file}\0`).update(readFileSync(join(dist, file)));
  return hash.digest('hex');
}

function makeExecutable() {
  const { bin } = require('../package.json');
  for (const file of Object.values(bin)) if (existsSync(join(root, file))) chmodSync(join(root, file), 0o755);
}

/** Paths relative to `folder`, with `/`. */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) =>
    join(entry.parentPath, entry.name)
      .slice(folder.length + 1)
      .replaceAll('\\', '/'),
  );
}

function quietLogger() {
  const none = () => undefined;
  return { log: none, trace: none, debug: none, info: none, warn: console.warn, error: console.error };
}
