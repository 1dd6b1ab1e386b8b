/** What a person configures: `belay.yaml` with the environment over it, and `guard.yaml`. Parsed here and nowhere else. */
export { type BelayConfig, isLoopback, loadConfig } from './config/belay-config.ts';
export type { ClusterConfig, PrometheusConfig } from './config/belay-file-schema.ts';
export { ConfigError, type ConfigProblem, isConfigError } from './config/config-error.ts';
export { gatewaySettings } from './config/gateway-settings.ts';
export { type LoadedGuard, loadGuardFile } from './config/guard-file.ts';
export { readSetting } from './config/read-text.ts';
export { temporalConnectionOptions } from './config/temporal-connection.ts';
