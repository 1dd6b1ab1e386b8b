import { condition } from '@temporalio/workflow';
import { note, remark, requestOf, tell } from './run.ts';
import type { RunState } from './run-state.ts';

/** These reports come when the command has ended, or has been ended: there is nobody left to stop. */
const endedByItself: readonly string[] = ['command', 'interrupt', 'deployer'];

/**
 * Asks the deployer to stop and waits for its word, at most `haltTimeout`. Without an answer the guard goes on: quiesce
 * decides whether anybody still writes.
 */
export async function haltDeployer(state: RunState): Promise<'acknowledged' | 'not acknowledged' | 'no deployer'> {
  if (!hasDeployer(state)) return 'no deployer';
  note(state, { key: 'halt', mark: 'running', title: 'halt', text: 'asking the deployer to stop' });
  const told = await tell(state, { event: 'halt', reason: state.failure?.reason ?? 'rollback' });
  if (state.replyTo !== null && !told) return noteHalt(state, 'no deployer');
  const answered = await condition(() => state.halted, requestOf(state).haltTimeout, {
    summary: 'the deployer says it has stopped',
  });
  return noteHalt(state, answered ? 'acknowledged' : 'not acknowledged');
}

function hasDeployer(state: RunState): boolean {
  if (state.type === 'rollBack' || state.halted) return false;
  if (endedByItself.includes(state.failure?.source ?? '')) return false;
  return state.replyTo !== null || state.deployed === null;
}

function noteHalt<Answer extends 'acknowledged' | 'not acknowledged' | 'no deployer'>(
  state: RunState,
  answer: Answer,
): Answer {
  const text = {
    acknowledged: 'the deployer has stopped',
    'not acknowledged': 'deployer did not acknowledge',
    'no deployer': 'the deployer is gone',
  };
  note(state, { key: 'halt', mark: 'done', title: 'halt', text: text[answer] });
  if (answer === 'not acknowledged') remark(state, text[answer]);
  return answer;
}
