const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopSignal {
  readonly signal: AbortSignal;
  abort(): void;
  close(): void;
}

/** Aborts at the first Ctrl-C or SIGTERM; at the second the process ends at once, as without us. */
export function stopSignal(): StopSignal {
  const controller = new AbortController();
  const close = () => {
    for (const signal of signals) process.off(signal, stop);
  };
  const stop = () => {
    controller.abort();
    close();
  };
  for (const signal of signals) process.on(signal, stop);
  return { signal: controller.signal, abort: stop, close };
}
