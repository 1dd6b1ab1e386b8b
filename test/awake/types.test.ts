import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { fixtures, root } from './tools.ts';

/**
 * Compiles the fixture with the options of the real tsconfig and the ambient declarations that it includes, but
 * without all the other sources, which would cost ten times as long.
 */
function errorsIn(file: string, config: string): string[] {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const parsed = ts.getParsedCommandLineOfConfigFile(join(root, config), {}, host);
  if (parsed === undefined) throw new Error(`cannot read ${config}`);
  const ambient = parsed.fileNames.filter((name) => name.endsWith('.d.ts'));
  const program = ts.createProgram([join(fixtures, 'types', file), ...ambient], parsed.options);
  return ts.getPreEmitDiagnostics(program).map(({ code, file: source, messageText, start }) => {
    const line = source?.getLineAndCharacterOfPosition(start ?? 0).line ?? -1;
    return `${line + 1} TS${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

describe('the types', () => {
  test('of workflows know neither Node nor durations in bananas', () => {
    expect(errorsIn('workflow.ts', 'workflows/tsconfig.json')).toEqual([
      expect.stringMatching(/^5 TS2345 .*"10 bananas"/),
      expect.stringMatching(/^6 TS2591 .*'process'/),
      expect.stringMatching(/^7 TS2591 .*'Buffer'/),
      expect.stringMatching(/^8 TS2304 .*'structuredClone'/),
    ]);
  });

  test('of everything else know Node, and no durations in bananas either', () => {
    expect(errorsIn('node.ts', 'tsconfig.json')).toEqual([expect.stringMatching(/^4 TS2322 .*"10 bananas"/)]);
  });
});
