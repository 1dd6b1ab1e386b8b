// The `ms` release that the Temporal SDK depends on has no types reachable under nodenext, which turns
// every Temporal `Duration` into `any` (sdk-typescript#1668). With this, `sleep('10 bananas')` does not compile.
declare module 'ms' {
  type Unit =
    | 'ms'
    | 's'
    | 'm'
    | 'h'
    | 'd'
    | 'second'
    | 'seconds'
    | 'minute'
    | 'minutes'
    | 'hour'
    | 'hours'
    | 'day'
    | 'days';
  export type StringValue = `${number}` | `${number}${Unit}` | `${number} ${Unit}`;
}
