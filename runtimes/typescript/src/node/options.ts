import type { ConnectOptions } from "../connect.js";
import type { TlsOptions } from "./tls.js";

/** The options of `connect` on Node. */
export interface NodeConnectOptions extends ConnectOptions {
	/** For `tls://` and `wss://`: certificates, and any other TLS option of Node. The server's certificate is always checked. */
	readonly tls?: TlsOptions | undefined;
}
