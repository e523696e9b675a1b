/** What a program of Node says to the compiler. */

import { Catalog } from "bookshop";
import { Catalog as ServedCatalog } from "bookshop/handlers";
import {
	connect,
	createClient,
	createHost,
	type Listener,
	listen,
	serve,
	type TlsOptions,
	type TlsServerOptions,
} from "bookshop/node";

export async function main(tls: TlsOptions): Promise<string> {
	await using connection = await connect("tls://127.0.0.1:9000", { tls });
	return await createClient(Catalog, connection).greeting();
}

export async function proxy(tls: TlsServerOptions): Promise<Listener> {
	const connection = await connect("tcp://127.0.0.1:9000");
	const client = createClient(ServedCatalog, connection);
	const host = createHost(serve(ServedCatalog, client));
	return await listen(host, "tls://127.0.0.1:9001", { tls });
}
