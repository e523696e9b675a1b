/** A page that serves: Rust's client calls it, through a host that the page has dialled. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

import { Catalog, Orders } from "bookshop";
import * as handlers from "bookshop/handlers";
import {
	type Connection,
	createClient,
	createFake,
	createHost,
	listen,
	serve,
} from "bookshop/node";

import { Visitor } from "./browser.js";
import { variable } from "./environment.js";
import { Shop } from "./shop.js";

test("a page answers Rust's client as the shop does", async () => {
	const shop = await Shop.open();
	let arrived: (page: Connection) => void;
	const dialled = new Promise<Connection>((resolve) => {
		arrived = resolve;
	});
	const meeting = createHost(
		serve(handlers.Orders, {
			...createFake(Orders),
			async touch({ connection }) {
				arrived(connection);
			},
		}),
	);
	const { address } = await listen(meeting, "ws://127.0.0.1:0");
	const visitor = await Visitor.arrive();
	try {
		const { page, complaints } = await visitor.open(
			`${shop.address}&host=${address}`,
			"/serving.html",
		);
		const serving = await dialled;
		await page.getByText("The page serves.").waitFor();
		const host = createHost([
			serve(handlers.Catalog, createClient(Catalog, serving)),
			serve(handlers.Orders, createClient(Orders, serving)),
		]);
		const listener = await listen(host, "tcp://127.0.0.1:0");
		const client = variable("BOOKSHOP_CLIENT");
		const printed = await promisify(execFile)(client, [listener.address]);
		const expected = new URL(
			"../../bookshop/expected-output.txt",
			import.meta.url,
		);
		assert.equal(printed.stdout, await readFile(expected, "utf8"));
		assert.deepEqual(complaints, []);
		await host.close();
	} finally {
		await visitor.leave();
		await meeting.close({ graceMs: 0 });
		await shop.kill();
	}
});
