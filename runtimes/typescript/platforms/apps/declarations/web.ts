/** What a page says to the compiler. */

import { type Book, Catalog, type CatalogClient } from "bookshop";
import {
	type CatalogHandler,
	Catalog as ServedCatalog,
} from "bookshop/handlers";
import { opentelemetry } from "bookshop/opentelemetry";
import {
	type Connection,
	intercept,
	isRapaceError,
	openTunnel,
} from "bookshop/rapace";
import { find } from "bookshop/services/catalog";
import { backoff, connect, createClient, poolOf, serve } from "bookshop/web";

export async function main(): Promise<Book[]> {
	const connection: Connection = await connect("ws://127.0.0.1:9000", {
		reconnect: backoff(),
		pool: poolOf(2),
	});
	const catalog: CatalogClient = createClient(Catalog, connection);
	const books: Book[] = [];
	try {
		for await (const book of catalog.newest()) {
			books.push(book);
		}
		await createClient({ find }, connection).find("978-1-7185-0310-6");
	} catch (error) {
		if (isRapaceError(error)) {
			books.length = error.number;
		}
	}
	openTunnel(connection, 2).close();
	intercept(connection, []);
	await connection.close();
	return books;
}

/** A page that serves: its handler forwards what the server calls. */
export async function serves(catalog: CatalogClient): Promise<Connection> {
	const handler: CatalogHandler = catalog;
	return await connect("ws://127.0.0.1:9000", {
		handlers: [
			serve(ServedCatalog, {
				...handler,
				find: (isbn, { signal }) => catalog.find(isbn, { signal }),
			}),
		],
	});
}

export { opentelemetry };
