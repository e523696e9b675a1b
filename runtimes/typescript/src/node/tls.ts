import { isIP } from "node:net";
// A default import: bundlers turn members of a namespace into imports, and some versions of Node lack one of these functions.
import tls, {
	type ConnectionOptions,
	type TlsOptions as ServerOptions,
} from "node:tls";

/**
 * The TLS options of Node. `ca` (PEM) replaces the trusted roots. `cert` and `key` are the client's own certificate. `servername`
 * is the name that the server's certificate must have; it defaults to the host of the address.
 *
 * Without `ca` the roots are those of Node and, on Node 22.15 or later, those of the system.
 */
export type TlsOptions = ConnectionOptions;

/**
 * The TLS options of a server of Node. `cert` and `key` (PEM) are what it shows. With `requestCert`, `rejectUnauthorized` and `ca` it
 * serves only clients with a certificate.
 */
export type TlsServerOptions = ServerOptions;

/** Returns options that make Node check the certificate of a server at `host`. */
export function checked(host: string, options: TlsOptions = {}): TlsOptions {
	const { servername = host } = options;
	return {
		...(options.ca === undefined ? roots() : {}),
		// The environment must not turn this off.
		rejectUnauthorized: true,
		checkServerIdentity: (_, certificate) =>
			tls.checkServerIdentity(servername, certificate),
		...options,
		// The certificate may be for an IP address, but TLS cannot ask a server for one.
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
