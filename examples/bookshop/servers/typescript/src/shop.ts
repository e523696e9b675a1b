/**
 * The shop that both services serve: held in memory, and the same on every start. Only `restock`, `watch`, `heartbeats` and `ticker`
 * take time, and only as much as they are asked to.
 */

import { setTimeout } from "node:timers/promises";

import type { Book, Category, Currency, Figures, SearchHit } from "bookshop";
import type { CatalogHandler, OrdersHandler } from "bookshop/handlers";
import { Code, StatusError } from "bookshop/node";

import {
	cancel,
	copiesOf,
	eventsOf,
	place,
	priceOf,
	withMore,
} from "./ledger.js";
import * as seed from "./seed.js";

/** The longest answer of `scan`, in bytes: 32 MiB. */
const MAX_SCAN_BYTES = 32 * 1024 * 1024;

const books = new Map(seed.books().map((book) => [book.isbn, book]));
const orders = new Map(seed.orders().map((order) => [order.id, order]));

export const catalog: CatalogHandler = {
	greeting: () => "Welcome to the bookshop! Willkommen, ようこそ, bienvenue 📚",
	find(isbn) {
		const book = books.get(isbn);
		if (book !== undefined) {
			return { kind: "Found", value: book };
		}
		const [reason, since] = seed.withdrawn.get(isbn) ?? [];
		return reason === undefined || since === undefined
			? { kind: "NotFound" }
			: { kind: "Withdrawn", reason, since };
	},
	list(category, offset, limit) {
		const wanted =
			category === undefined
				? undefined
				: booksOf(named(seed.categories, category));
		const listed = [...books.values()].filter(
			({ isbn }) => wanted?.has(isbn) ?? true,
		);
		return page(listed, offset, limit);
	},
	categories: () => seed.categories,
	async *search(text, limit) {
		if (text === "") {
			throw new StatusError(Code.InvalidArgument, "nothing to search for");
		}
		let left = limit;
		for (const book of [...books.values()]) {
			const hit = left > 0 ? searched(book, text.toLowerCase()) : undefined;
			if (hit !== undefined) {
				left--;
				yield hit;
			}
		}
	},
	async *newest() {
		yield* [...books.values()].sort((a, b) =>
			Number(b.published - a.published),
		);
	},
	cover: (isbn) => seed.covers.get(isbn),
	scan: (isbn, bytes) =>
		Uint8Array.from(
			{ length: Math.min(bytes, MAX_SCAN_BYTES) },
			(_, i) => isbn.length + i * 31,
		),
	stock(isbns) {
		const known = [...isbns].sort().flatMap((isbn) => books.get(isbn) ?? []);
		return new Map(
			known.map(({ isbn, availability }) => [isbn, copiesOf(availability)]),
		);
	},
	async restock(isbn, copies, afterMs, { signal }) {
		await pause(afterMs, signal);
		const book = books.get(isbn);
		if (book === undefined || book.availability.kind === "Preorder") {
			return undefined;
		}
		book.availability = withMore(book.availability, copies);
		return copiesOf(book.availability);
	},
	async *ticker(everyMs, { signal }) {
		for (let count = 0n; ; count++) {
			await pause(everyMs, signal);
			yield count;
		}
	},
};

export const ordersHandler: OrdersHandler = {
	place: (order) => place(books, orders, order),
	history(customer, offset, limit) {
		const theirs = [...orders.values()].filter(
			(order) => order.customer === customer,
		);
		return page(theirs, offset, limit);
	},
	async *watch(id, everyMs, { signal }) {
		const order = orders.get(id);
		if (order === undefined) {
			throw new StatusError(Code.NotFound, `no order ${id}`);
		}
		const cancelled = order.status.kind === "Cancelled";
		for (const event of eventsOf(order)) {
			await pause(everyMs, signal);
			yield event;
		}
		if (cancelled) {
			await pause(everyMs, signal);
			throw new StatusError(Code.Aborted, `order ${id} was cancelled`);
		}
	},
	cancel: (id) => cancel(books, orders.get(id)),
	amend(id, { note, discount, gift }) {
		const order = orders.get(id);
		if (order === undefined) {
			return undefined;
		}
		if (note !== undefined) {
			order.note = note.some;
		}
		if (discount !== undefined) {
			const { some: percent } = discount;
			order.discount =
				percent === undefined ? undefined : Math.min(percent, 100);
			order.total.minor = priceOf(order);
		}
		order.gift = gift ?? order.gift;
		return order;
	},
	touch() {},
	async *heartbeats(count, everyMs, { signal }) {
		for (let i = 0; i < count; i++) {
			await pause(everyMs, signal);
			yield undefined;
		}
	},
	totals() {
		const totals = new Map<Currency, bigint>();
		for (const { status, total } of orders.values()) {
			if (status.kind !== "Cancelled") {
				const sum = totals.get(total.currency) ?? 0n;
				totals.set(total.currency, sum + total.minor);
			}
		}
		return totals;
	},
	audit: (figures) => ({ figures, checksum: checksum(figures) }),
};

/** A page of `all` from `offset` on. */
function page<Item>(all: Item[], offset: bigint, limit: number) {
	const first = offset < all.length ? Number(offset) : all.length;
	const end = Math.min(first + limit, all.length);
	return {
		items: all.slice(first, end),
		total: BigInt(all.length),
		next: end < all.length ? BigInt(end) : undefined,
	};
}

/** The category of this name: this one, or one below it. */
function named(category: Category, name: string): Category | undefined {
	if (category.name === name) {
		return category;
	}
	for (const child of category.children) {
		const found = named(child, name);
		if (found !== undefined) {
			return found;
		}
	}
	return undefined;
}

/** The books of a category and of all below it. */
function booksOf(category: Category | undefined): Set<string> {
	const below = category?.children.map((child) => [...booksOf(child)]) ?? [];
	return new Set([...(category?.books ?? []), ...below.flat()]);
}

/** Looks for `text`, which is in lower case, in the title, then the authors, then the tags of a book. */
function searched(book: Book, text: string): SearchHit | undefined {
	const { isbn, title, availability } = book;
	const has = (name: string) => name.toLowerCase().includes(text);
	const hit = { isbn, title, availability };
	if (has(title)) {
		return { ...hit, score: 1, place: { kind: "Title" } };
	}
	const author = book.authors.find(({ name }) => has(name));
	if (author !== undefined) {
		return {
			...hit,
			score: 0.75,
			place: { kind: "Author", value: author.name },
		};
	}
	const tag = [...book.tags].find(has);
	if (tag === undefined) {
		return undefined;
	}
	const lower = tag.toLowerCase();
	const before = lower.slice(0, lower.indexOf(text));
	const at = BigInt(Buffer.byteLength(before));
	return { ...hit, score: 0.5, place: { kind: "Tag", name: tag, at } };
}

/** FNV-1a, 64 bits, over the decimal digits of the integers in the order of the fields, each followed by a space. */
function checksum(f: Figures): bigint {
	const integers = [
		f.tiny,
		f.small,
		f.medium,
		f.large,
		f.huge,
		f.tinyCount,
		f.smallCount,
		f.mediumCount,
		f.largeCount,
		f.hugeCount,
	];
	let hash = 0xcbf2_9ce4_8422_2325n;
	for (const byte of Buffer.from(`${integers.join(" ")} `)) {
		hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x0100_0000_01b3n);
	}
	return hash;
}

/** Waits, until the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
	await setTimeout(ms, undefined, { signal });
}
