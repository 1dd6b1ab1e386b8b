#!/usr/bin/env node
import { main } from './program.ts';

// A reader that goes away (`| head`) must not take a guarded deploy with it.
process.stdout.on('error', () => undefined);

await main(process.argv.slice(2));
