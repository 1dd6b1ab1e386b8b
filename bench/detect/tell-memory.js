/** Loaded into the worker: tells its memory, after a collection, whenever it is signalled. */
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  process.stderr.write(`memory ${JSON.stringify(process.memoryUsage())}\n`);
});
