import type { ProbeAnswer } from '../../ports/probe.ts';

export interface Trust {
  /** PEM text of who is trusted instead of the usual authorities. */
  readonly ca?: string;
}

export const good: ProbeAnswer = { kind: 'good' };

export function bad(reason: string, message: string): ProbeAnswer {
  return { kind: 'bad', reason, message };
}

/** Carries out one look within its time; errors of the connection are answers, in one word each. */
export async function answerOf(
  timeout: number,
  look: (signal: AbortSignal) => Promise<ProbeAnswer>,
): Promise<ProbeAnswer> {
  const signal = AbortSignal.timeout(timeout);
  try {
    return await look(signal);
  } catch (error) {
    return signal.aborted ? bad('Timeout', `no answer within ${timeout} ms`) : answerOfError(error);
  }
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'ConnectionRefused',
  ECONNRESET: 'ConnectionReset',
  EPIPE: 'ConnectionReset',
  ENOTFOUND: 'NoSuchHost',
  EHOSTUNREACH: 'HostUnreachable',
  ENETUNREACH: 'HostUnreachable',
  ETIMEDOUT: 'Timeout',
  CERT_HAS_EXPIRED: 'CertificateExpired',
};

/** What comes of the other side, or of the way there: system calls, HTTP's parser, TLS. */
const theirs = /^(E[A-Z]+$|HPE_|ERR_SSL|ERR_TLS|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/;
/** Our own resolver, or our own process, has no answer to give. */
const ours = ['EAI_AGAIN', 'EMFILE', 'ENFILE', 'EADDRNOTAVAIL'];
const certificate = /^(ERR_TLS_CERT|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/;

/** Where it is not clear that somebody was asked, nothing is known of who would have answered. */
function answerOfError(error: unknown): ProbeAnswer {
  const code = codeOf(error);
  if (ours.includes(code) || !theirs.test(code)) return { kind: 'unknown', reason: 'NotAsked', message: code };
  return bad(words[code] ?? (certificate.test(code) ? 'CertificateRefused' : 'NoAnswer'), code);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'it could not be asked';
}
