/** The runtime for Node: everything of the core, and connections over TCP and Unix sockets. */

export * from "./index.js";
export {
	CONNECT_TIMEOUT_MS,
	type ConnectOptions,
	connect,
} from "./node/connect.js";
