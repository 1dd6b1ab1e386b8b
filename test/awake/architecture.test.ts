import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fixtures, root, runTool } from './tools.ts';

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

const folder = join(fixtures, 'arch');
const config = join(root, '.dependency-cruiser.cjs');

/** Each file of the fixture says on its first line which rules it breaks; the rest breaks none. */
const expected = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  .map((file) => ({ file, rules: /^\/\/ forbidden: (.*)/.exec(readFileSync(join(folder, file), 'utf8'))?.[1] ?? '' }));

describe('the import rules', () => {
  let violations: Violation[];

  beforeAll(async () => {
    const args = ['--config', config, '--output-type', 'json', 'src', 'workflows', 'activities', 'examples', 'test'];
    const { stdout } = await runTool('dependency-cruiser', 'bin/dependency-cruise.mjs', args, folder);
    violations = JSON.parse(stdout).summary.violations;
  });

  const broken = (file: string) =>
    [...new Set(violations.filter((violation) => violation.from === file).map(({ rule }) => rule.name))]
      .sort()
      .join(' ');

  test.each(expected.filter(({ rules }) => rules !== ''))('refuse $file: $rules', ({ file, rules }) => {
    expect(broken(file)).toBe(rules.split(' ').sort().join(' '));
  });

  test.each(expected.filter(({ rules }) => rules === ''))('let $file pass', ({ file }) => {
    expect(broken(file)).toBe('');
  });

  test('have a forbidden import in the fixture, each of them', async () => {
    const { default: cruiser } = await import(config);
    const names = cruiser.forbidden.map((rule: { name: string }) => rule.name);
    expect(names.filter((name: string) => !expected.some(({ rules }) => rules.split(' ').includes(name)))).toEqual([]);
  });
});
