/** Loaded into the worker: tells its memory, after a collection, whenever it is signalled (the runtime of Temporal takes most signals for an end). */
process.on('SIGWINCH', () => {
  globalThis.gc?.();
  process.stderr.write(`memory ${JSON.stringify(process.memoryUsage())}\n`);
});
