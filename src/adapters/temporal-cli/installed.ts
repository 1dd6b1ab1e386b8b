import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type CliSource, inspectCli, requireRecent, type SourceContext } from './source.ts';

export const onPath: CliSource = {
  name: 'PATH',
  find: async (context) => {
    const path = await firstOnPath(context.env);
    if (path === undefined) throw new Error('no "temporal" in any of its folders');
    return requireRecent(await inspectCli(path, context));
  },
};

export const inCache: CliSource = {
  name: 'cache',
  find: async (context) => {
    if (!(await isExecutable(context.cachedPath))) throw new Error(`${context.cachedPath} does not exist`);
    return inspectCli(context.cachedPath, context);
  },
};

async function firstOnPath(env: SourceContext['env']): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
