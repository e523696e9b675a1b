/**
 * Calls every method of the bookshop at the given address, and prints what it answers.
 *
 * The Rust client and those of the other languages print the same bytes.
 */

import {
	type Amendment,
	Catalog,
	type CatalogClient,
	type Figures,
	Orders,
	type OrdersClient,
} from "bookshop";
import { connect, createClient, isRapaceError } from "bookshop/node";

import {
	code,
	counted,
	event,
	hex,
	joined,
	money,
	optional,
	printBook,
	printCategory,
	printFigures,
	printOrder,
	printStream,
	searchHit,
	status,
} from "./print.js";

const C = "978-0-13-110362-7";
const RUST = "978-1-7185-0310-6";
const TROMMEL = "978-3-423-11821-7";
const NEKO = "978-4-10-101001-2";
const OVID = "978-0-14-044789-7";
const ALMANAC = "979-8-00-000001-1";
const RECALLED = "978-0-00-000666-3";
const UNKNOWN = "000-0-00-000000-0";

const U64_MAX = 2n ** 64n - 1n;

async function main(address: string): Promise<void> {
	await using connection = await connect(address);
	const catalog = createClient(Catalog, connection);
	await browse(catalog);
	await search(catalog);
	await lookInside(catalog);
	await restock(catalog);
	const orders = createClient(Orders, connection);
	await order(orders);
	await amend(orders);
	await cancel(orders);
	await totals(orders);
}

async function browse(catalog: CatalogClient): Promise<void> {
	console.log(`greeting: ${await catalog.greeting()}`);

	const numbers = [C, RUST, TROMMEL, NEKO, OVID, ALMANAC, RECALLED, UNKNOWN];
	for (const number of numbers) {
		const outcome = await catalog.find(number);
		switch (outcome.kind) {
			case "Found":
				printBook(number, outcome.value);
				break;
			case "NotFound":
				console.log(`find ${number}: not found`);
				break;
			case "Withdrawn": {
				const { reason, since } = outcome;
				console.log(`find ${number}: withdrawn since ${since}: ${reason}`);
				break;
			}
		}
	}

	for (const [category, offset, limit] of [
		[undefined, 0n, 4],
		[undefined, 4n, 4],
		["Literature", 0n, 1],
		["Nothing", 0n, 10],
		[undefined, U64_MAX, 0xffff_ffff],
	] as const) {
		const { items, total, next } = await catalog.list(category, offset, limit);
		const isbns = joined(items.map((book) => book.isbn));
		const asked = `${optional(category)} ${offset} ${limit}`;
		console.log(
			`list ${asked}: ${isbns}; total ${total}, next ${optional(next)}`,
		);
	}
}

async function search(catalog: CatalogClient): Promise<void> {
	console.log("categories:");
	printCategory(await catalog.categories(), 1);

	for (const [text, limit] of [
		["PROGRAMMING", 10],
		["ritchie", 10],
		["NOVEL", 1],
		["猫", 10],
		["", 1],
	] as const) {
		console.log(`search "${text}" ${limit}:`);
		await printStream(catalog.search(text, limit), searchHit);
	}

	console.log("newest:");
	await printStream(
		catalog.newest(),
		(book) => `${book.published} ${book.title}`,
	);
}

async function lookInside(catalog: CatalogClient): Promise<void> {
	for (const number of [RUST, OVID, UNKNOWN]) {
		const cover = await catalog.cover(number);
		const text = cover && `${cover.length} bytes, ${hex(cover)}`;
		console.log(`cover ${number}: ${optional(text)}`);
	}

	console.log(`scan ${C} 5: ${hex(await catalog.scan(C, 5))}`);
	const scan = await catalog.scan(RUST, 200_000);
	const sum = scan.reduce((sum, byte) => sum + byte, 0);
	console.log(`scan ${RUST} 200000: ${scan.length} bytes, sum ${sum}`);

	for (const numbers of [[C, TROMMEL, OVID, UNKNOWN], []]) {
		console.log(`stock: ${counted(await catalog.stock(new Set(numbers)))}`);
	}
}

async function restock(catalog: CatalogClient): Promise<void> {
	for (const [number, copies, afterMs] of [
		[TROMMEL, 2, 5],
		[OVID, 1, 0],
		[UNKNOWN, 1, 0],
	] as const) {
		const left = await catalog.restock(number, copies, afterMs);
		console.log(`restock ${number} ${copies}: ${optional(left)}`);
	}
	try {
		const left = await catalog.restock(C, 0, 60_000, { timeoutMs: 50 });
		console.log(`restock ${C} slowly: ${optional(left)}`);
	} catch (error) {
		if (!isRapaceError(error) || error.code !== "DeadlineExceeded") {
			throw error;
		}
		console.log(`restock ${C} slowly: timed out`);
	}

	// All on one connection, at once.
	const calls = Array.from({ length: 100 }, (_, n) =>
		catalog.restock(NEKO, 0, n % 10),
	);
	const answers = await Promise.all(calls);
	const agree = answers.filter((left) => left === 5).length;
	console.log(`restock ${NEKO} at once: ${agree} of ${answers.length} agree`);

	console.log("ticker, stopped after 3:");
	for await (const tick of catalog.ticker(1)) {
		console.log(`  ${tick}`);
		if (tick === 2n) {
			break;
		}
	}
}

async function order(orders: OrdersClient): Promise<void> {
	const wishes: (readonly [string, number])[][] = [
		[
			[RUST, 2],
			[C, 1],
		],
		[],
		[[UNKNOWN, 1]],
		[
			[C, 1],
			[C, 2],
		],
		[
			[RUST, 1],
			[NEKO, 1],
		],
	];
	for (const lines of wishes) {
		const wanted = counted(lines);
		const outcome = await orders.place({
			customer: 42n,
			lines,
			note: "für Zoë 🎁",
		});
		switch (outcome.kind) {
			case "Placed":
				printOrder(`place ${wanted}`, outcome.value);
				break;
			case "Empty":
				console.log(`place ${wanted}: empty`);
				break;
			case "UnknownBook":
				console.log(`place ${wanted}: unknown book ${outcome.value}`);
				break;
			case "OutOfStock":
				console.log(
					`place ${wanted}: out of stock: ${outcome.isbn}, ${outcome.left} left`,
				);
				break;
			case "MixedCurrencies": {
				const [first, other] = outcome.value;
				console.log(
					`place ${wanted}: ${code(first)} and ${code(other)} do not mix`,
				);
				break;
			}
		}
	}

	for (const [customer, offset, limit] of [
		[7n, 0n, 1],
		[7n, 1n, 10],
		[U64_MAX, 0n, 10],
		[8n, 0n, 10],
	] as const) {
		const { items, total, next } = await orders.history(
			customer,
			offset,
			limit,
		);
		console.log(
			`history ${customer} ${offset} ${limit}: total ${total}, next ${optional(next)}`,
		);
		for (const order of items) {
			printOrder("  order", order);
		}
	}
}

async function amend(orders: OrdersClient): Promise<void> {
	// What is left out stays; `{ some: undefined }` clears.
	const keep: Amendment = {};
	const grant: Amendment = { discount: { some: 25 }, gift: true };
	const write: Amendment = { note: { some: "" } };
	const clear: Amendment = {
		note: { some: undefined },
		discount: { some: undefined },
		gift: false,
	};
	for (const [what, number, change] of [
		["keep", 4n, keep],
		["grant", 4n, grant],
		["write", 4n, write],
		["clear", 4n, clear],
		["clear", 999n, clear],
	] as const) {
		const order = await orders.amend(number, change);
		if (order) {
			printOrder(`amend ${number}, ${what}`, order);
		} else {
			console.log(`amend ${number}, ${what}: -`);
		}
	}
}

async function cancel(orders: OrdersClient): Promise<void> {
	for (const number of [4n, 4n, 1n, 2n, 999n]) {
		const outcome = await orders.cancel(number);
		switch (outcome.kind) {
			case "Cancelled":
				console.log(`cancel ${number}: refund ${money(outcome.refund)}`);
				break;
			case "TooLate":
				console.log(`cancel ${number}: too late: ${status(outcome.value)}`);
				break;
			case "UnknownOrder":
				console.log(`cancel ${number}: unknown order`);
				break;
		}
	}

	for (const number of [1n, 2n, 3n, 4n, 999n]) {
		console.log(`watch ${number}:`);
		await printStream(orders.watch(number, 1), event);
	}
}

async function totals(orders: OrdersClient): Promise<void> {
	await orders.touch();
	console.log("touch: ok");
	console.log("heartbeats 3:");
	await printStream(orders.heartbeats(3, 1), () => "beat");

	const sums = [...(await orders.totals())].map(
		([currency, minor]) => [code(currency), minor] as const,
	);
	sums.sort(([a], [b]) => (a < b ? -1 : 1));
	console.log(`totals: ${counted(sums)}`);

	for (const figures of [LOWEST, HIGHEST]) {
		const audit = await orders.audit(figures);
		printFigures(audit.figures);
		console.log(`  checksum: ${audit.checksum}`);
	}
}

const LOWEST: Figures = {
	tiny: -128,
	small: -32_768,
	medium: -2_147_483_648,
	large: -(2n ** 63n),
	huge: -(2n ** 127n),
	tinyCount: 0,
	smallCount: 0,
	mediumCount: 0,
	largeCount: 0n,
	hugeCount: 0n,
	share: -0.1,
	exactShare: -1234567.890123,
	balanced: false,
	initial: "é",
	remark: "",
};

const HIGHEST: Figures = {
	tiny: 127,
	small: 32_767,
	medium: 2_147_483_647,
	large: 2n ** 63n - 1n,
	huge: 2n ** 127n - 1n,
	tinyCount: 255,
	smallCount: 65_535,
	mediumCount: 4_294_967_295,
	largeCount: U64_MAX,
	hugeCount: 2n ** 128n - 1n,
	share: 0.7,
	exactShare: 2 / 3,
	balanced: true,
	initial: "𝄞",
	remark: "naïve – 数字 – ارقام – 👩‍🚀",
};

const address = process.argv[2];
if (address === undefined) {
	console.error("usage: npm start -- ADDR, such as tcp://127.0.0.1:9000");
	process.exitCode = 2;
} else {
	await main(address);
}
