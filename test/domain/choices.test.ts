import { expect, test } from 'vitest';
import { commandsFor, nextCommands } from '../../src/domain/choices.ts';

const name = { environment: 'production', application: 'shop' };
const commands = (wait: Parameters<typeof commandsFor>[1]) => commandsFor(name, wait).map(({ command }) => command);

test('a wait has one command for each choice, and one for each object that may be left', () => {
  const skippable = ['us/ConfigMap/promotions', 'eu/Service/web'];
  expect(commands({ kind: 'blocked', choices: ['retry', 'skip', 'abandon'], skippable, planDigest: null })).toEqual([
    'belay resolve production/shop retry --by <you> --reason <why>',
    'belay resolve production/shop skip --object us/ConfigMap/promotions --by <you> --reason <why>',
    'belay resolve production/shop skip --object eu/Service/web --by <you> --reason <why>',
    'belay resolve production/shop abandon --by <you> --reason <why>',
  ]);
});

test('a hold is resumed and a plan approved by commands of their own', () => {
  expect(commands({ kind: 'hold', choices: ['resume', 'accept'], skippable: [], planDigest: null })).toEqual([
    'belay resume production/shop --by <you> --reason <why>',
    'belay resolve production/shop accept --by <you> --reason <why>',
  ]);
  const planDigest = '3f9c21d07a55e1b2'.repeat(4);
  expect(commands({ kind: 'approve', choices: ['approve'], skippable: [], planDigest })).toEqual([
    'belay approve production/shop --digest 3f9c21d07a55e1b2 --by <you>',
  ]);
});

test('where nothing waits, a person may hold until writing begins, and put back what is only watched', () => {
  const view = { ...name, decision: null, held: null, mayHold: true } as const;
  const next = (more: Partial<Parameters<typeof nextCommands>[0]>) =>
    nextCommands({ ...view, phase: 'watching', ...more }).map(({ command }) => command.split(' ')[1]);
  expect(next({})).toEqual(['hold', 'rollback']);
  expect(next({ held: { by: 'ada', reason: 'first look' } })).toEqual(['resume', 'rollback']);
  expect(next({ phase: 'restoring' })).toEqual(['hold']);
  expect(next({ phase: 'restoring', mayHold: false })).toEqual([]);
});
