/**
 * Serves the bookshop until it is stopped: `node build/src/server.js --listen tcp://127.0.0.1:9000 --listen unix:///run/shop.sock`.
 *
 * For each address it prints a line `listening on ADDRESS`.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";

import { Catalog, Orders } from "bookshop/handlers";
import { createHost, listen, serve } from "bookshop/node";

import { catalog, ordersHandler } from "./shop.js";

const { values } = parseArgs({
	options: {
		/** Where to serve: tcp://host:port, unix:///path or ws://host:port/path, and with a certificate tls:// or wss://. */
		listen: { type: "string", multiple: true, default: [] },
		/** The certificate for tls:// and wss://, and its private key: files in PEM. */
		certificate: { type: "string" },
		key: { type: "string" },
		/** Serve only clients with a certificate of these authorities. */
		"client-authorities": { type: "string" },
		/** Stop when standard input is closed. */
		"until-stdin-closes": { type: "boolean" },
	},
});

const host = createHost([
	serve(Catalog, catalog),
	serve(Orders, ordersHandler),
]);
const stop = () => void host.close();
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

const { certificate, key, "client-authorities": authorities } = values;
const tls = certificate !== undefined &&
	key !== undefined && {
		cert: readFileSync(certificate),
		key: readFileSync(key),
		...(authorities === undefined
			? {}
			: { ca: readFileSync(authorities), requestCert: true }),
	};
for (const wanted of values.listen) {
	const { address } = await listen(host, wanted, tls ? { tls } : {});
	console.log(`listening on ${address}`);
}
if (values["until-stdin-closes"]) {
	process.stdin.resume().once("end", stop);
}
