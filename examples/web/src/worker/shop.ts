/** A worker that receives the address of a shop, and sends the newest books of that shop. */

import { Catalog } from "bookshop";
import { connect, createClient } from "bookshop/web";

/** What the worker says. */
export type News =
	| { kind: "book"; title: string }
	| { kind: "end" }
	| { kind: "error"; message: string };

const say = (news: News) => postMessage(news);

addEventListener("message", ({ data }: MessageEvent<string>) => {
	tell(data).catch((error: unknown) =>
		say({ kind: "error", message: String(error) }),
	);
});

async function tell(address: string): Promise<void> {
	const connection = await connect(address);
	try {
		for await (const { title } of createClient(Catalog, connection).newest()) {
			say({ kind: "book", title });
		}
		say({ kind: "end" });
	} finally {
		await connection.close();
	}
}
