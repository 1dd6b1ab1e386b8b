import { connect } from '../../src/client/index.ts';
import { createGateway, handsOf, startServer } from '../../src/gateway/index.ts';
import { startAlertmanager } from '../../test/support/alertmanager.ts';
import { alerts, settings, token } from '../../test/support/gateway.ts';
import type { BenchTemporal } from '../support/temporal.ts';
import { environment } from './application.ts';

export interface Alerting {
  /** Answers when Alertmanager has taken the alert, as it comes from Prometheus. */
  fire(labels: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

/** A real Alertmanager that waits for no other alerts of a group, and the gateway that it tells. */
export async function startAlerting({ address, client }: BenchTemporal): Promise<Alerting> {
  const belay = await connect({ namespace: client.options.namespace, connection: { address } });
  const sender = { ...alerts, applications: [`${environment}/*`], rate: { perMinute: 6000, burst: 100 } };
  const gateway = createGateway({
    settings: { ...settings, senders: [sender] },
    hands: handsOf(belay),
    now: Date.now,
    onAccess: ({ status, answer }) => {
      if (status >= 300) process.stderr.write(`gateway: ${status} ${answer}\n`);
    },
    onError: (error) => process.stderr.write(`gateway: ${String(error)}\n`),
  });
  const server = await startServer(gateway, settings);
  const alertmanager = await startAlertmanager(configuration(server.url));
  return {
    fire: async (labels) => {
      const startsAt = new Date().toISOString();
      await alertmanager.post([{ labels: { alertname: 'ErrorRate', severity: 'critical', ...labels }, startsAt }]);
    },
    close: async () => {
      await alertmanager.stop();
      await server.stop();
      await belay.close();
    },
  };
}

function configuration(url: string): string {
  return `
route:
  receiver: belay
  group_by: ['...']
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: belay
    webhook_configs:
      - url: ${url}/v1/alertmanager
        http_config:
          authorization: { type: Bearer, credentials: ${token} }
`;
}
