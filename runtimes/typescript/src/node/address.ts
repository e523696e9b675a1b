import { StatusError } from "../errors.js";

/** The address of a server that sends frames on a stream of bytes. */
export type SocketAddress =
	/** `tcp://host:port`, and with TLS `tls://host:port`. */
	| {
			readonly scheme: "tcp" | "tls";
			readonly host: string;
			readonly port: number;
	  }
	/** `unix:///path/of/socket`. */
	| { readonly scheme: "unix"; readonly path: string };

/** The address of a server that sends frames as messages: `ws://host[:port][/path][?query]`, and with TLS `wss://…`. */
export interface WebAddress {
	readonly scheme: "ws" | "wss";
	readonly host: string;
}

/** An address to listen at. A path is that of a WebSocket. */
export type ListenAddress =
	| SocketAddress
	| {
			readonly scheme: "ws" | "wss";
			readonly host: string;
			readonly port: number;
			readonly path: string;
	  };

/** A host name, an IPv4 address, or an IPv6 address in brackets; then an optional port. */
const AUTHORITY = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^/:@[\]\s?#]+))(?::(\d{1,5}))?/
	.source;
const SOCKET = new RegExp(`^(tcp|tls)://${AUTHORITY.slice(1)}$`);
const WEB = new RegExp(`^(wss?)://${AUTHORITY.slice(1)}(?:[/?][^\\s#]*)?$`);
const LISTEN = new RegExp(
	`^(tcp|tls|wss?)://${AUTHORITY.slice(1)}(/[^\\s#?]*)?$`,
);

/**
 * Parses an address: `tcp://host:port`, `tls://host:port`, `unix:///path`, `ws://host[:port][/path]` or `wss://…`. An IPv6
 * address is in brackets.
 *
 * @throws StatusError InvalidArgument for anything else.
 */
export function parseAddress(address: string): SocketAddress | WebAddress {
	const unix = /^unix:\/\/(\/.+)$/s.exec(address);
	if (unix?.[1] !== undefined) {
		return { scheme: "unix", path: unix[1] };
	}
	const found = SOCKET.exec(address) ?? WEB.exec(address);
	const [, scheme, six, name, digits] = found ?? [];
	const host = six ?? name;
	const port = Number(digits);
	if (host !== undefined) {
		const sound = port >= 1 && port <= 65_535;
		if ((scheme === "tcp" || scheme === "tls") && sound) {
			return { scheme, host, port };
		}
		if (
			(scheme === "ws" || scheme === "wss") &&
			(sound || digits === undefined)
		) {
			return { scheme, host };
		}
	}
	const what = `${JSON.stringify(address)} is none of tcp://host:port, tls://host:port, unix:///path, ws://host[:port][/path] and wss://host[:port][/path]`;
	throw new StatusError("InvalidArgument", what, false, "");
}

/**
 * Parses an address to listen at: `tcp://host:port`, `tls://host:port`, `unix:///path`, `ws://host:port[/path]` or `wss://…`. Port 0 is
 * any that is free.
 *
 * @throws StatusError InvalidArgument for anything else.
 */
export function parseListenAddress(address: string): ListenAddress {
	const unix = /^unix:\/\/(\/.+)$/s.exec(address);
	if (unix?.[1] !== undefined) {
		return { scheme: "unix", path: unix[1] };
	}
	const [, scheme, six, name, digits, path = ""] = LISTEN.exec(address) ?? [];
	const host = six ?? name;
	const port = Number(digits);
	if (host !== undefined && port >= 0 && port <= 65_535) {
		if (scheme === "ws" || scheme === "wss") {
			return { scheme, host, port, path };
		}
		if ((scheme === "tcp" || scheme === "tls") && path === "") {
			return { scheme, host, port };
		}
	}
	const what = `${JSON.stringify(address)} is none of tcp://host:port, tls://host:port, unix:///path, ws://host:port[/path] and wss://host:port[/path]`;
	throw new StatusError("InvalidArgument", what, false, "");
}

/** A host as addresses show it: IPv6 in brackets. */
export function shownHost(host: string): string {
	return host.includes(":") ? `[${host}]` : host;
}
