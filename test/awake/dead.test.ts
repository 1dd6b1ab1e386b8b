import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixtures, root, runTool } from './tools.ts';

interface Issues {
  readonly file: string;
  readonly [kind: string]: unknown;
}

test('knip reports an unused export, an unused file and an unused dependency, and nothing that is used', async () => {
  const args = ['--config', join(root, 'knip.json'), '--directory', join(fixtures, 'dead'), '--reporter', 'json'];
  const { stdout } = await runTool('knip', 'bin/knip.js', args, root);
  const { issues } = JSON.parse(stdout) as { issues: Issues[] };
  const names = (kind: string) =>
    issues.flatMap((issue) => (issue[kind] as { name: string }[] | undefined)?.map(({ name }) => name) ?? []);
  expect(names('exports')).toEqual(['unused']);
  expect(names('dependencies')).toEqual(['never-imported']);
  expect(names('files')).toEqual(['src/orphan.ts']);
});
