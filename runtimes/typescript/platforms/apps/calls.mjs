/** The calls that every platform makes: one answer, a set and a map, a stream. */

import { Catalog } from "bookshop";
import { createClient } from "bookshop/rapace";

export async function calls(connection) {
	const catalog = createClient(Catalog, connection, { timeoutMs: 5000 });
	const greeting = await catalog.greeting();
	const stock = await catalog.stock(new Set(["978-1-7185-0310-6"]));
	let newest = 0;
	for await (const _ of catalog.newest()) {
		newest++;
	}
	await connection.close();
	return { greeting, stocked: stock.size, newest };
}

/** What comes of calls over each address: what they answer, or why they fail. */
export async function outcomes(connect, addresses) {
	const found = [];
	for (const address of addresses) {
		try {
			found.push(await calls(await connect(address)));
		} catch (error) {
			found.push(`${error}, because of ${error.cause}`);
		}
	}
	return found;
}
