import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  /** Both streams: tools differ in where they report. */
  readonly output: string;
}

/** Runs a tool of package.json as `npm run check` would, without the 0.5 s that npx costs. */
export function runTool(name: string, bin: string, args: readonly string[], cwd: string): Promise<ToolResult> {
  const path = join(root, 'node_modules', name, bin);
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, output: stdout + stderr });
    });
  });
}
