/**
 * The runtime for platforms with a global WebSocket: browsers, workers, Deno, Bun, Node 22 or later. It has the core, and
 * connections over WebSocket.
 */

export * from "./index.js";
export { connect } from "./web/connect.js";
