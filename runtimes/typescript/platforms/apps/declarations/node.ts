/** What a program of Node says to the compiler. */

import { Catalog } from "bookshop";
import { connect, createClient, type TlsOptions } from "bookshop/node";

export async function main(tls: TlsOptions): Promise<string> {
	await using connection = await connect("tls://127.0.0.1:9000", { tls });
	return await createClient(Catalog, connection).greeting();
}
