import type { NetConnectOpts } from "node:net";

import { StatusError } from "../errors.js";

/**
 * What Node's `net.connect` needs for `tcp://host:port`, `tcp://[::1]:port` or `unix:///path/of/socket`.
 *
 * @throws StatusError InvalidArgument for anything else.
 */
export function parseAddress(address: string): NetConnectOpts {
	const unix = /^unix:\/\/(\/.+)$/s.exec(address);
	if (unix?.[1] !== undefined) {
		return { path: unix[1] };
	}
	const tcp =
		/^tcp:\/\/(?:\[([0-9A-Fa-f:.%\w]+)\]|([^/:[\]\s]+)):(\d{1,5})$/.exec(
			address,
		);
	const host = tcp?.[1] ?? tcp?.[2];
	const port = Number(tcp?.[3]);
	if (host !== undefined && port >= 1 && port <= 65_535) {
		return { host, port };
	}
	const what = `${JSON.stringify(address)} is neither tcp://host:port nor unix:///path`;
	throw new StatusError("InvalidArgument", what, false);
}
