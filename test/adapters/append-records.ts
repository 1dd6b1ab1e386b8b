/** Run in a process of its own by chained-journal.test.ts: appends records of its own, and one that all writers share. */
import { createChainedJournal } from '../../src/adapters/chained-journal.ts';
import { createFileObjectStore } from '../../src/adapters/file-object-store.ts';
import { entryOf } from './journal-entries.ts';
import { oldRing } from './keys.ts';

const [root = '', writer = '', count = '0'] = process.argv.slice(2);
const journal = createChainedJournal(createFileObjectStore(root), oldRing);
for (let index = 0; index < Number(count); index++) {
  await journal.append({ environment: 'prod', application: 'shop' }, entryOf(`${writer} ${index}`));
  if (index === 5) await journal.append({ environment: 'prod', application: 'shop' }, entryOf('shared'));
}
