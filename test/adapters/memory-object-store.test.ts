import { createMemoryObjectStore } from '../../src/adapters/memory-object-store.ts';
import { testObjectStore } from '../contract/object-store.ts';

testObjectStore('memory', async () => createMemoryObjectStore());
