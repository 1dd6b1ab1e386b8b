import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtures, root, runTool } from './tools.ts';

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

/** The real configuration shuts the fixtures out, so they are linted in a folder of their own with the same rules. */
describe('the lint rules', () => {
  let folder: string;
  let found: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'belay-awake-'));
    await cp(join(fixtures, 'lint'), folder, { recursive: true });
    const config = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8'));
    const { $schema: _, files: __, vcs: ___, ...rules } = config;
    await writeFile(join(folder, 'biome.json'), JSON.stringify(rules));
    const { stdout } = await runTool('@biomejs/biome', 'bin/biome', ['lint', '--reporter=json', '.'], folder);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
    found = diagnostics.map(({ category, location }) => `${location.path}: ${category.split('/').at(-1)}`).sort();
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('report exactly the forbidden: an unawaited activity, complexity, a long function, a long file', () => {
    expect(found).toEqual([
      'complex.ts: noExcessiveCognitiveComplexity',
      'floating.ts: noFloatingPromises',
      'long-file.ts: noExcessiveLinesPerFile',
      'long-function.ts: noExcessiveLinesPerFunction',
    ]);
  });
});
