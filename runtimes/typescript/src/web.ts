/**
 * The runtime wherever there is a global WebSocket: browsers, workers, Deno, Bun, Node 22 or later. Everything of the core,
 * and connections over WebSocket.
 */

export * from "./index.js";
export { connect } from "./web/connect.js";
