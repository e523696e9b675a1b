import { isIP } from "node:net";
// Whole, for bundlers make imports of what is read of a namespace, and one of these functions is not there on every Node.
import tls, { type ConnectionOptions } from "node:tls";

/**
 * What Node takes for TLS: `ca` (PEM; instead of the roots), `cert` and `key` for a certificate of our own, `servername` for
 * the name that the server's certificate must have, which is the address's host unless it is given, and all else.
 *
 * Without `ca` the roots are those of Node, and those of the system where Node can tell them (22.15 or later).
 */
export type TlsOptions = ConnectionOptions;

/** What makes Node check the server's certificate, for a server at `host`. */
export function checked(host: string, options: TlsOptions = {}): TlsOptions {
	const { servername = host } = options;
	return {
		...(options.ca === undefined ? roots() : {}),
		// Nothing in the environment turns this off.
		rejectUnauthorized: true,
		checkServerIdentity: (_, certificate) =>
			tls.checkServerIdentity(servername, certificate),
		...options,
		// An address is no name to ask a server for, but its certificate may be for one.
		servername: isIP(servername) === 0 ? servername : "",
	};
}

/** The roots of Node and of the system. */
function roots(): TlsOptions {
	const { getCACertificates } = tls as unknown as {
		getCACertificates?: (type: "default" | "system") => string[];
	};
	if (getCACertificates === undefined) {
		return {};
	}
	return {
		ca: [
			...new Set([
				...getCACertificates("default"),
				...getCACertificates("system"),
			]),
		],
	};
}
