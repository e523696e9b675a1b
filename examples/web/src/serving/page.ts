/**
 * Serves the bookshop on a connection that the page dials: `/serving.html?shop=ws://…&host=ws://…`. The host calls the page, and the page
 * passes each call on to the shop.
 */

import { Catalog, Orders } from "bookshop";
import * as handlers from "bookshop/handlers";
import { connect, createClient, serve } from "bookshop/web";

const status = document.querySelector("[role=status]");
const query = new URLSearchParams(location.search);

async function open(): Promise<void> {
	const shop = await connect(query.get("shop") ?? "ws://127.0.0.1:9000");
	const host = await connect(query.get("host") ?? "ws://127.0.0.1:9001", {
		handlers: [
			serve(handlers.Catalog, createClient(Catalog, shop)),
			serve(handlers.Orders, createClient(Orders, shop)),
		],
	});
	// The host learns of the page by its first call.
	await createClient(Orders, host).touch();
	status?.replaceChildren("The page serves.");
}

open().catch((error: unknown) => status?.replaceChildren(String(error)));
