/** The HTTP door: failure reports of systems that have no Temporal client. */
export { type Access, createGateway, type Gateway } from './app.ts';
export { handsOf } from './hands.ts';
export { type GatewayServer, startServer } from './server.ts';
export type { GatewaySettings, Sender } from './settings.ts';
