/** The generated client against the live server, in each way in which a Rust program serves. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Catalog, type CatalogClient, type NewOrder, Orders } from "bookshop";
import { createClient, isRapaceError } from "bookshop/rapace";
import { find } from "bookshop/services/catalog";

import {
	dial,
	PLAIN_CATALOG,
	PLAIN_ORDERS,
	start,
	TCP,
	UNIX,
} from "./servers.js";

const C = "978-0-13-110362-7";
const NEKO = "978-4-10-101001-2";

const WAYS = {
	"host, TCP": TCP,
	"host, Unix socket": UNIX,
	"plain serve()": PLAIN_CATALOG,
};

/** What a promise rejects with: an error of the family. */
async function failure(promise: Promise<unknown>) {
	try {
		await promise;
	} catch (error) {
		assert.ok(isRapaceError(error), String(error));
		return error;
	}
	throw new Error("it did not fail");
}

async function take<Item>(
	stream: AsyncIterable<Item>,
	count: number,
): Promise<Item[]> {
	const items: Item[] = [];
	for await (const item of stream) {
		items.push(item);
		if (items.length === count) {
			break;
		}
	}
	return items;
}

for (const [way, address] of Object.entries(WAYS)) {
	describe(way, () => {
		test("unary calls and streams", async () => {
			const catalog = createClient(Catalog, await dial(address));
			assert.equal(
				await catalog.greeting(),
				"Welcome to the bookshop! Willkommen, ようこそ, bienvenue 📚",
			);
			const outcome = await catalog.find(C);
			assert.equal(outcome.kind, "Found");
			assert.deepEqual(outcome.kind === "Found" && outcome.value.authors, [
				{ name: "Brian W. Kernighan", born: 1942 },
				{ name: "Dennis M. Ritchie", born: 1941 },
			]);
			const hits = await take(catalog.search("NOVEL", 9), 9);
			assert.deepEqual(
				hits.map((hit) => hit.place),
				[
					{ kind: "Tag", name: "novel", at: 0n },
					{ kind: "Tag", name: "novel", at: 0n },
				],
			);
			const stock = await catalog.stock(new Set([C]));
			assert.ok(stock instanceof Map && stock.has(C));
		});

		test("a stream's error is the server's", async () => {
			const catalog = createClient(Catalog, await dial(address));
			const error = await failure(take(catalog.search("", 1), 1));
			assert.equal(error.code, "InvalidArgument");
			assert.equal(error.message, "Catalog.search: nothing to search for");
			assert.equal(error.kind === "status" && error.remote, true);
		});

		test("a sequential call takes well under the 44 ms of a stalled one", async () => {
			const catalog = createClient(Catalog, await dial(address));
			const times: number[] = [];
			for (let i = 0; i < 60; i++) {
				const started = performance.now();
				await catalog.find(C);
				times.push(performance.now() - started);
			}
			// The first ten warm up.
			const sorted = times.slice(10).sort((a, b) => a - b);
			const median = sorted[sorted.length >> 1] ?? Number.NaN;
			console.log(
				`${way}: ${(median * 1000).toFixed(0)} us a sequential call (median of ${sorted.length})`,
			);
			assert.ok(median < 10, `${median} ms`);
		});

		test("the items of a stream do not wait 40 ms for one another", async () => {
			const catalog = createClient(Catalog, await dial(address));
			const gaps: number[] = [];
			let last = performance.now();
			for await (const _ of catalog.ticker(5)) {
				const now = performance.now();
				gaps.push(now - last);
				last = now;
				if (gaps.length === 100) {
					break;
				}
			}
			const late = gaps.sort((a, b) => a - b)[90] ?? Number.NaN;
			console.log(
				`${way}: ${late.toFixed(1)} ms between items that are due every 5 ms (90th percentile of ${gaps.length})`,
			);
			assert.ok(late < 35, `${late} ms`);
		});

		test("2,000 calls at once on one connection", async () => {
			const connection = await dial(address);
			const catalog = createClient(Catalog, connection);
			const numbers = Array.from({ length: 2000 }, (_, i) =>
				i % 2 === 0 ? C : `${i}`,
			);
			const outcomes = await Promise.all(
				numbers.map((number) => catalog.find(number)),
			);
			for (const [i, outcome] of outcomes.entries()) {
				assert.equal(outcome.kind, i % 2 === 0 ? "Found" : "NotFound");
			}
			assert.equal(connection.inFlight, 0);
		});

		test("a large answer in many pieces", async () => {
			const catalog = createClient(Catalog, await dial(address));
			const scan = await catalog.scan(C, 5_000_000);
			assert.equal(scan.length, 5_000_000);
		});

		test("a bad argument is refused before a byte is sent, with its path", async () => {
			const connection = await dial(address);
			const catalog = createClient(Catalog, connection);
			const error = await failure(catalog.stock(new Set(["good", "\ud800"])));
			assert.equal(
				error.message,
				"Catalog.stock: isbns[1]: unpaired surrogate at index 0",
			);
			assert.equal(connection.inFlight, 0);
			assert.match(await catalog.greeting(), /Welcome/);
		});
	});
}

describe("plain serve() of the orders", () => {
	test("unary calls, streams, units", async () => {
		const orders = createClient(Orders, await dial(PLAIN_ORDERS));
		assert.equal(await orders.touch(), undefined);
		assert.deepEqual(await take(orders.heartbeats(3, 0), 9), [
			undefined,
			undefined,
			undefined,
		]);
		const events = await take(orders.watch(1n, 0), 9);
		assert.deepEqual(
			events.map((event) => event.status.kind),
			["Placed", "Packed", "Shipped"],
		);
		const page = await orders.history(7n, 0n, 1);
		assert.equal(page.next, 1n);
	});
});

describe("giving calls up", () => {
	for (const [way, address] of Object.entries(WAYS)) {
		test(`${way}: a timeout comes once, and the next call is not disturbed`, async () => {
			const connection = await dial(address);
			const catalog = createClient(Catalog, connection);
			let failures = 0;
			const slow = catalog
				.restock(C, 0, 100, { timeoutMs: 20 })
				.catch((error: unknown) => {
					failures++;
					return error;
				});
			const error = await slow;
			assert.ok(isRapaceError(error));
			assert.equal(error.message, "Catalog.restock: no answer within 20 ms");
			assert.equal(await catalog.restock(NEKO, 0, 0), 5);
			await new Promise((resolve) => setTimeout(resolve, 150));
			assert.equal(failures, 1);
			assert.equal(await catalog.restock(NEKO, 0, 0), 5);
			// The host obeyed and sent nothing; plain serve() answered, and that was dropped.
			assert.ok(
				connection.droppedFrames <= 1 + (address === PLAIN_CATALOG ? 1 : 0),
			);
		});
	}

	test("an abort fails the call at once, and the next call is not disturbed", async () => {
		const catalog = createClient(Catalog, await dial(TCP));
		const controller = new AbortController();
		const started = performance.now();
		const pending = failure(
			catalog.restock(C, 0, 60_000, { signal: controller.signal }),
		);
		setTimeout(() => controller.abort(new Error("closing time")), 10);
		const error = await pending;
		assert.equal(error.code, "Cancelled");
		assert.equal(String(error.cause), "Error: closing time");
		assert.ok(performance.now() - started < 5000);
		assert.match(await catalog.greeting(), /Welcome/);
	});

	test("break ends an endless stream, and calls may be made inside of one", async () => {
		const connection = await dial(TCP);
		const catalog = createClient(Catalog, connection);
		for await (const tick of catalog.ticker(0)) {
			assert.match(await catalog.greeting(), /Welcome/);
			if (tick === 20n) {
				break;
			}
		}
		assert.equal(connection.inFlight, 0);
		// The host stops sending once it has heard: soon nothing more is dropped.
		let before = -1;
		while (connection.droppedFrames !== before) {
			before = connection.droppedFrames;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		assert.match(await catalog.greeting(), /Welcome/);
	});
});

describe("a server that dies", () => {
	test("fails every call in flight at once, also streams, and later ones", async () => {
		const server = await start();
		const connection = await dial(server.address);
		const catalog = createClient(Catalog, connection);
		const slow = failure(catalog.restock(C, 0, 60_000));
		const ticks: bigint[] = [];
		const cut = failure(
			(async () => {
				for await (const tick of catalog.ticker(1)) {
					ticks.push(tick);
					if (ticks.length === 3) {
						server.kill();
					}
				}
			})(),
		);
		for (const error of [
			await slow,
			await cut,
			await failure(catalog.greeting()),
		]) {
			assert.equal(error.kind, "connection");
			assert.equal(error.code, "Unavailable");
			assert.notEqual(error.cause, undefined);
		}
		assert.ok(ticks.length >= 3);
		assert.equal((await connection.closed)?.reason, "lost");
	});
});

describe("the generated package", () => {
	test("makes a client of some methods only", async () => {
		const client = createClient({ find }, await dial(TCP));
		assert.deepEqual(Object.keys(client), ["find"]);
		assert.equal((await client.find(C)).kind, "Found");
		const whole: Pick<CatalogClient, "find"> = client;
		assert.equal((await whole.find("0")).kind, "NotFound");
	});

	test("checks arguments by their types", async () => {
		const orders = createClient(Orders, await dial(TCP));
		// @ts-expect-error: a 64-bit integer is a bigint
		const number = await failure(orders.cancel(4));
		assert.equal(
			number.message,
			"Orders.cancel: order: expected a bigint, got number",
		);
		const order: NewOrder = { customer: 1n, lines: [[C, -1]] };
		const negative = await failure(orders.place(order));
		assert.equal(
			negative.message,
			"Orders.place: order.lines[0][1]: -1 is not an integer from 0 to 4294967295",
		);
		// @ts-expect-error: there is no such note
		const note = await failure(orders.amend(1n, { note: "text" }));
		assert.equal(
			note.message,
			"Orders.amend: change.note: expected an object, got string",
		);
	});
});
