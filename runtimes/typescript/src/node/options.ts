import type { ConnectOptions } from "../connect.js";
import type { TlsOptions, TlsServerOptions } from "./tls.js";

/** The options of `connect` on Node. */
export interface NodeConnectOptions extends ConnectOptions {
	/** For `tls://` and `wss://`: certificates, and any other TLS option of Node. The server's certificate is always checked. */
	readonly tls?: TlsOptions | undefined;
}

/** The options of `listen`. */
export interface ListenOptions {
	/** For `tls://` and `wss://`, which need it: `cert` and `key` (PEM), and any other TLS option of a Node server. */
	readonly tls?: TlsServerOptions | undefined;
	/**
	 * For `ws://` and `wss://`: the origins whose pages may connect, as browsers write them: `https://shop.example`. A client that is no
	 * web page sends no origin and may always connect. Default: any origin.
	 */
	readonly origins?: readonly string[] | undefined;
}

/** A server that listens. */
export interface Listening {
	/** The address that clients use. */
	readonly address: string;
	close(): Promise<void>;
}
