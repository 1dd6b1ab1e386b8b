/** Run in a process of its own by load-key-ring.test.ts: prints the key's id and a fingerprint made with it. */
import { loadKeyRing } from '../../src/adapters/load-key-ring.ts';

const ring = await loadKeyRing({ env: {}, keyFile: process.argv[2] ?? '' });
process.stdout.write(`${ring.currentKeyId} ${ring.fingerprint(new TextEncoder().encode('same'))}`);
