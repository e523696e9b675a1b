/** The books and orders with which the shop opens. */

import type {
	Author,
	Book,
	Category,
	Currency,
	Money,
	Order,
	OrderLine,
} from "bookshop";

const C = "978-0-13-110362-7";
const RUST = "978-1-7185-0310-6";
const TROMMEL = "978-3-423-11821-7";
const NEKO = "978-4-10-101001-2";
const OVID = "978-0-14-044789-7";
const ALMANAC = "979-8-00-000001-1";
const RECALLED = "978-0-00-000666-3";

/** When the first order was placed, in seconds since 1970: 1 January 2025, 00:00 UTC. */
const FIRST_ORDER_AT = 1_735_689_600n;

/** The seconds between two orders. */
export const ORDER_EVERY = 600n;

/** When the order with this number was placed, in seconds since 1970. */
export function placedAt(order: bigint): bigint {
	return FIRST_ORDER_AT + (order - 1n) * ORDER_EVERY;
}

export const withdrawn: ReadonlyMap<string, readonly [string, bigint]> =
	new Map([[RECALLED, ["the printer forgot page 13", 1_262_304_000n]]]);

export const covers: ReadonlyMap<string, Uint8Array> = new Map([
	[RUST, Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
	[OVID, new Uint8Array(0)],
]);

export const categories: Category = category(
	"All",
	[ALMANAC],
	[
		category(
			"Computing",
			[],
			[category("C", [C], []), category("Rust", [RUST], [])],
		),
		category(
			"Literature",
			[OVID],
			[category("Novels", [TROMMEL, NEKO], [category("Cats", [NEKO], [])])],
		),
	],
);

/** The books, in the order of their numbers. */
export function books(): Book[] {
	return [kernighan(), metamorphoses(), rust(), trommel(), neko(), almanac()];
}

function kernighan(): Book {
	return {
		isbn: C,
		title: "The C Programming Language \\ Second Edition",
		authors: [
			author("Brian W. Kernighan", 1942),
			author("Dennis M. Ritchie", 1941),
		],
		format: "Paperback",
		price: money(6799n, "Usd"),
		availability: { kind: "InStock", value: 3 },
		rating: 4.71,
		weightKg: 0.5,
		sizeMm: [178, 235, 18],
		published: 575_424_000n,
		sold: 4_294_967_296n,
		shelf: "K",
		signed: false,
		mark: Uint8Array.of(0, 1, 254, 255),
		tags: new Set(["c", "programming", "unix"]),
		translations: new Map([
			["de", "Programmieren in C"],
			["fr", "Le langage C"],
			["ja", "プログラミング言語C"],
		]),
		thumbnail: Uint8Array.of(0x47, 0x49, 0x46),
		unionNumber: 340_282_366_920_938_463_463_374_607_431_768_211_455n,
	};
}

function rust(): Book {
	return {
		isbn: RUST,
		title: "The Rust Programming Language",
		authors: [author("Steve Klabnik"), author("Carol Nichols")],
		format: "Paperback",
		price: money(4999n, "Usd"),
		availability: { kind: "InStock", value: 12 },
		rating: 4.86,
		weightKg: 1.125,
		sizeMm: [178, 235, 35],
		published: 1_687_824_000n,
		sold: 18_446_744_073_709_551_000n,
		shelf: "🦀",
		signed: true,
		mark: Uint8Array.of(222, 173, 190, 239),
		tags: new Set(["programming", "rust", "systems"]),
		translations: new Map([["zh", "Rust权威指南"]]),
		thumbnail: Uint8Array.of(0xff, 0xd8, 0xff, 0x00),
		unionNumber: 18_446_744_073_709_551_616n,
	};
}

function trommel(): Book {
	return {
		isbn: TROMMEL,
		title: "Die Blechtrommel",
		authors: [author("Günter Grass", 1927)],
		format: "Hardcover",
		price: money(2800n, "Eur"),
		availability: { kind: "SoldOut" },
		rating: 4.25,
		weightKg: 0.75,
		sizeMm: [120, 190, 40],
		published: -320_889_600n,
		sold: 3_000_000n,
		shelf: "G",
		signed: false,
		mark: Uint8Array.of(1, 2, 3, 4),
		tags: new Set(["Danzig", "novel"]),
		translations: new Map([["en", "The Tin Drum"]]),
		thumbnail: new Uint8Array(0),
		unionNumber: 1n,
	};
}

function neko(): Book {
	return {
		isbn: NEKO,
		title: "吾輩は猫である",
		authors: [author("夏目漱石", 1867)],
		format: "Paperback",
		price: money(737n, "Jpy"),
		availability: { kind: "InStock", value: 5 },
		rating: 4,
		weightKg: 0.25,
		sizeMm: [106, 151, 21],
		published: -2_041_200_000n,
		sold: 1_000_001n,
		shelf: "猫",
		signed: false,
		mark: Uint8Array.of(0, 0, 0, 0),
		tags: new Set(["cat", "novel", "猫"]),
		translations: new Map([
			["de", "Ich der Kater"],
			["en", "I Am a Cat"],
		]),
		thumbnail: Uint8Array.of(0),
		unionNumber: 9_007_199_254_740_993n,
	};
}

function metamorphoses(): Book {
	return {
		isbn: OVID,
		title: "Metamorphoses",
		authors: [author("Publius Ovidius Naso", -43)],
		format: "Ebook",
		price: money(0n, "Eur"),
		availability: { kind: "Preorder", shipsInDays: 0 },
		weightKg: 0,
		sizeMm: [0, 0, 0],
		published: -61_851_600_000n,
		sold: 0n,
		shelf: "Ω",
		signed: false,
		mark: Uint8Array.of(8, 8, 8, 8),
		tags: new Set(),
		translations: new Map(),
		thumbnail: new Uint8Array(0),
		unionNumber: 0n,
	};
}

function almanac(): Book {
	return {
		isbn: ALMANAC,
		title: "Tomorrow’s “Almanac” 📖",
		authors: [],
		format: "Hardcover",
		price: money(1990n, "Eur"),
		availability: {
			kind: "Preorder",
			shipsInDays: 365,
			deposit: money(500n, "Eur"),
		},
		weightKg: 2.5,
		sizeMm: [210, 297, 65_535],
		published: 4_102_444_800n,
		sold: 7n,
		shelf: "A",
		signed: true,
		mark: Uint8Array.of(9, 8, 7, 6),
		tags: new Set(["future"]),
		translations: new Map([["en", "Tomorrow’s “Almanac” 📖"]]),
		thumbnail: Uint8Array.of(0xf0, 0x9f, 0x93, 0x96),
		unionNumber: 18_446_744_073_709_551_615n,
	};
}

/** The orders, in the order of their numbers. */
export function orders(): Order[] {
	return [
		{
			id: 1n,
			customer: 7n,
			lines: [
				line(RUST, 1, money(4999n, "Usd")),
				line(C, 2, money(6799n, "Usd")),
			],
			total: money(18_597n, "Usd"),
			status: {
				kind: "Shipped",
				value: ["Pigeon Post", 18_446_744_073_709_551_615n],
			},
			note: "Please ring twice – the bell is “shy”.",
			gift: false,
			placed: placedAt(1n),
		},
		{
			id: 2n,
			customer: 7n,
			lines: [line(TROMMEL, 1, money(2800n, "Eur"))],
			total: money(2520n, "Eur"),
			status: { kind: "Packed", parcels: 1, grams: [750] },
			discount: 10,
			gift: true,
			placed: placedAt(2n),
		},
		{
			id: 3n,
			customer: 18_446_744_073_709_551_615n,
			lines: [line(NEKO, 3, money(737n, "Jpy"))],
			total: money(2211n, "Jpy"),
			status: { kind: "Placed" },
			note: "",
			gift: false,
			placed: placedAt(3n),
		},
	];
}

function category(
	name: string,
	books: string[],
	children: Category[],
): Category {
	return { name, books, children };
}

function author(name: string, born?: number): Author {
	return { name, born };
}

function money(minor: bigint, currency: Currency): Money {
	return { minor, currency };
}

function line(isbn: string, copies: number, price: Money): OrderLine {
	return { isbn, copies, price };
}
