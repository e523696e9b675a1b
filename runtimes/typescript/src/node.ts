/**
 * The runtime for Node, Deno and Bun: the core, and connections and hosts over TCP and Unix sockets, with or without TLS, and over
 * WebSocket.
 */

export * from "./index.js";
export { connect } from "./node/connect.js";
export { type Listener, listen } from "./node/listen.js";
export type { ListenOptions, NodeConnectOptions } from "./node/options.js";
export { connectSocket, serveSocket } from "./node/sockets.js";
export type { TlsOptions, TlsServerOptions } from "./node/tls.js";
