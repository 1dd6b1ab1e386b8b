/** Pictures of a guard in Temporal UI, for the documentation: `npm run screenshots [folder]`. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { parse } from 'yaml';
import { filesIn } from '../src/cli/demo/places.ts';
import { Resources } from '../src/cli/demo/resources.ts';
import type { Stage } from '../src/cli/demo/stage.ts';
import { deployUnderGuard, guardAddress, setTheStage } from '../src/cli/demo/story.ts';
import { packageFolder } from '../src/cli/package-folder.ts';
import { stopSignal } from '../src/cli/stop-signal.ts';

const folder = process.argv[2] ?? join(packageFolder, 'docs', 'screenshots');

const width = 1440;
const heights = { timeline: 3300, details: 1350 };

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

const resources = new Resources();
const stop = stopSignal();
try {
  const browser = await openBrowser();
  const stage = await setTheStage({ resources, signal: stop.signal });
  await mkdir(folder, { recursive: true });
  await takeRestored(stage, browser);
  await takeWaiting(stage, browser);
} catch (error) {
  process.stderr.write(`screenshots: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await resources.close();
  stop.close();
}

async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`no browser at ${executablePath}: install the Debian package "chromium", or set CHROMIUM_PATH`);
  }
  const browser = await chromium.launch({ executablePath, args: flags });
  resources.add(() => browser.close());
  return browser;
}

async function takeRestored(stage: Stage, browser: Browser): Promise<void> {
  await deployUnderGuard(stage, 'v2-bad');
  const page = await openGuard(stage, browser);
  await startAtTheTop(page);
  await take(page, 'timeline', heights.timeline);
  await openDetails(page);
  await take(page, 'details', heights.details);
  await page.close();
}

/** One cluster refuses the last deletes, and with them the end of the rollback: a person must look. */
async function takeWaiting(stage: Stage, browser: Browser): Promise<void> {
  const match = { method: 'DELETE', path: '/configmaps/', user: 'engine', dryRun: 'never' };
  const message = 'configmaps "shop-promotions" is forbidden: a policy of this cluster keeps it';
  const effect = { kind: 'respond', status: 403, reason: 'Forbidden', message };
  await control(stage, 'POST', 'faults', { match, effect });
  await deployUnderGuard(stage, 'v2-bad');
  const page = await openGuard(stage, browser);
  await openDetails(page);
  await take(page, 'waiting', heights.details);
  await page.close();
}

async function control(stage: Stage, method: string, what: string, body?: unknown): Promise<void> {
  const { kubeconfigs, sandboxReady } = filesIn(stage.folder);
  const { controlUrl } = JSON.parse(await readFile(sandboxReady, 'utf8')) as { controlUrl: string };
  const admin = parse(await readFile(join(kubeconfigs, 'admin.yaml'), 'utf8')) as {
    users: { user: { token: string } }[];
  };
  const headers = { Authorization: `Bearer ${admin.users[0]?.user.token ?? ''}` };
  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${controlUrl}/sandbox/${what}?cluster=us`, { method, headers, ...payload });
  if (!answer.ok) throw new Error(`the sandbox refused ${method} ${what}: ${answer.status}`);
}

async function openGuard(stage: Stage, browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: heights.details } });
  await page.goto(guardAddress(stage), { waitUntil: 'domcontentloaded' });
  await settle(page);
  return page;
}

/** The UI shows the latest first; a story is read from its beginning. */
async function startAtTheTop(page: Page): Promise<void> {
  await page.getByText('Descending', { exact: true }).first().click();
}

async function openDetails(page: Page): Promise<void> {
  await page.getByText('User Metadata', { exact: true }).first().click();
  await settle(page);
}

/** The UI keeps polling, so the network never falls idle. */
function settle(page: Page): Promise<void> {
  return page.waitForTimeout(3000);
}

async function take(page: Page, name: string, height: number): Promise<void> {
  const path = join(folder, `${name}.png`);
  // The page scrolls inside a frame of its own: what does not fit would not be in the picture.
  await page.setViewportSize({ width, height });
  await settle(page);
  await page.screenshot({ path });
  process.stdout.write(`${path}\n`);
}
