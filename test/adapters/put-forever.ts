/** Run in a process of its own by file-object-store.test.ts, which kills it: writes big values until then. */
import { createFileObjectStore } from '../../src/adapters/file-object-store.ts';

const store = createFileObjectStore(process.argv[2] ?? '');
for (let index = 0; ; index += 4) {
  const keys = [index, index + 1, index + 2, index + 3].map((number) => `big/${number}`);
  await Promise.all(keys.map((key) => store.putIfAbsent(key, new Uint8Array(1_000_000).fill(index))));
  process.stdout.write('.');
}
