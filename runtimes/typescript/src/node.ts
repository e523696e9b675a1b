/**
 * The runtime for Node, Deno and Bun: everything of the core, and connections over TCP and Unix sockets, with or without TLS,
 * and over WebSocket.
 */

export * from "./index.js";
export { connect, type NodeConnectOptions } from "./node/connect.js";
export type { TlsOptions } from "./node/tls.js";
