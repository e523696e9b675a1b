/**
 * The runtime for Node, Deno and Bun: the core, and connections over TCP and Unix sockets, with or without TLS, and over
 * WebSocket.
 */

export * from "./index.js";
export { connect } from "./node/connect.js";
export type { NodeConnectOptions } from "./node/options.js";
export type { TlsOptions } from "./node/tls.js";
