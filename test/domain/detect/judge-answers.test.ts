import { expect, test } from 'vitest';
import { addToRow, judgeAnswer, noRow } from '../../../src/domain/detect/judge-answers.ts';

const answers = {
  g: { kind: 'good' },
  b: { kind: 'bad', reason: 'WrongStatus', message: 'answered 503' },
  u: { kind: 'unknown', reason: 'NotAsked', message: 'EAI_AGAIN' },
} as const;

/** The verdict after a story of answers, one letter each. */
function after(story: string, consecutive = 3): string {
  let row = noRow;
  let verdict = 'progressing';
  for (const letter of story) {
    const answer = answers[letter as keyof typeof answers];
    row = addToRow(row, answer);
    verdict = judgeAnswer('web', consecutive, row, answer).verdict;
  }
  return verdict;
}

test.each([
  ['g', 'healthy'],
  ['gb', 'progressing'],
  ['gbb', 'progressing'],
  ['gbbb', 'failing'],
  ['bbgbb', 'progressing'],
  ['bbbg', 'healthy'],
  ['gu', 'progressing'],
  ['guuu', 'inconclusive'],
  ['bubub', 'failing'],
  ['uuub', 'progressing'],
  ['uuug', 'healthy'],
])('%s is %s', (story, expected) => expect(after(story)).toBe(expected));

test('one is enough where one is asked for', () => {
  expect(after('b', 1)).toBe('failing');
  expect(after('u', 1)).toBe('inconclusive');
});
