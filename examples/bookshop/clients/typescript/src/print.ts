/** How the answers are printed: a line or a few for each. */

import type {
	Availability,
	Book,
	Category,
	Currency,
	Figures,
	Format,
	Money,
	Order,
	OrderEvent,
	OrderStatus,
	Place,
	SearchHit,
} from "bookshop";
import { isRapaceError } from "bookshop/rapace";

/** Prints an item a line, and how the stream failed if it did. */
export async function printStream<Item>(
	stream: AsyncIterable<Item>,
	line: (item: Item) => string,
): Promise<void> {
	try {
		for await (const item of stream) {
			console.log(`  ${line(item)}`);
		}
	} catch (error) {
		if (!isRapaceError(error) || error.kind !== "status") {
			throw error;
		}
		console.log(`  failed with code ${error.number}: ${error.detail}`);
	}
}

const FORMATS: Record<Format, string> = {
	Hardcover: "hardcover",
	Paperback: "paperback",
	Ebook: "e-book",
};

export function printBook(number: string, book: Book): void {
	const authors = book.authors.map(
		({ name, born }) => `${name} (${optional(born)})`,
	);
	const [width, height, depth] = book.sizeMm;
	console.log(`find ${number}: ${book.title}`);
	console.log(`  authors: ${joined(authors)}`);
	console.log(
		`  format: ${FORMATS[book.format]}, ${width} x ${height} x ${depth} mm, ${book.weightKg.toFixed(3)} kg`,
	);
	console.log(
		`  price: ${money(book.price)}; ${availability(book.availability)}`,
	);
	console.log(`  rating: ${optional(book.rating?.toFixed(2))}`);
	console.log(`  published: ${book.published}, sold: ${book.sold}`);
	console.log(
		`  shelf: ${book.shelf}, signed: ${yesNo(book.signed)}, mark: ${hex(book.mark)}`,
	);
	console.log(`  tags: ${joined(book.tags)}`);
	console.log(`  translations: ${counted(book.translations)}`);
	console.log(`  thumbnail: ${hex(book.thumbnail)}`);
	console.log(`  union number: ${book.unionNumber}`);
}

export function printCategory(category: Category, depth: number): void {
	console.log(
		`${"  ".repeat(depth)}${category.name}: ${joined(category.books)}`,
	);
	for (const child of category.children) {
		printCategory(child, depth + 1);
	}
}

export function printOrder(what: string, order: Order): void {
	const lines = order.lines.map(
		({ isbn, copies, price }) => `${copies} x ${isbn} at ${money(price)}`,
	);
	const note = order.note === undefined ? undefined : `"${order.note}"`;
	console.log(
		`${what}: number ${order.id} of customer ${order.customer}: ${joined(lines)}`,
	);
	console.log(
		`    ${money(order.total)}, discount ${optional(order.discount)}, gift ${yesNo(order.gift)}, ${status(order.status)} (${order.placed})`,
	);
	console.log(`    note: ${optional(note)}`);
}

export function printFigures(f: Figures): void {
	console.log("audit:");
	console.log(
		`  signed: ${f.tiny} ${f.small} ${f.medium} ${f.large} ${f.huge}`,
	);
	console.log(
		`  unsigned: ${f.tinyCount} ${f.smallCount} ${f.mediumCount} ${f.largeCount} ${f.hugeCount}`,
	);
	console.log(`  shares: ${f.share.toFixed(6)} ${f.exactShare.toFixed(6)}`);
	console.log(
		`  balanced: ${yesNo(f.balanced)}, initial: ${f.initial}, remark: "${f.remark}"`,
	);
}

export function searchHit(hit: SearchHit): string {
	const found = `${hit.score.toFixed(2)} ${hit.title} (${hit.isbn})`;
	return `${found}, in ${place(hit.place)}; ${availability(hit.availability)}`;
}

function place(place: Place): string {
	switch (place.kind) {
		case "Title":
			return "title";
		case "Author":
			return `author ${place.value}`;
		case "Tag":
			return `tag ${place.name} at ${place.at}`;
	}
}

function availability(availability: Availability): string {
	switch (availability.kind) {
		case "SoldOut":
			return "sold out";
		case "InStock":
			return `${availability.value} in stock`;
		case "Preorder": {
			const { shipsInDays, deposit } = availability;
			return `ships in ${shipsInDays} days, deposit ${optional(deposit && money(deposit))}`;
		}
	}
}

export function event(event: OrderEvent): string {
	return `${event.sequence} at ${event.at}: ${status(event.status)}`;
}

export function status(status: OrderStatus): string {
	switch (status.kind) {
		case "Placed":
			return "placed";
		case "Packed":
			return `packed in ${status.parcels} parcels of ${joined(status.grams)} g`;
		case "Shipped": {
			const [carrier, number] = status.value;
			return `shipped by ${carrier} as ${number}`;
		}
		case "Cancelled":
			return "cancelled";
	}
}

export function money({ minor, currency }: Money): string {
	return `${minor} ${code(currency)}`;
}

export function code(currency: Currency): string {
	return currency.toUpperCase();
}

function yesNo(value: boolean): string {
	return value ? "yes" : "no";
}

/** The value, or `-` for none. */
export function optional(value: unknown): string {
	return value === undefined ? "-" : String(value);
}

/** The items with commas between them, or `-` for none. */
export function joined(items: Iterable<unknown>): string {
	return [...items].join(", ") || "-";
}

/** The pairs as `key=value`, in their order, with commas between them, or `-` for none. */
export function counted(pairs: Iterable<readonly [string, unknown]>): string {
	return joined(Array.from(pairs, ([key, value]) => `${key}=${value}`));
}

/** The bytes in hexadecimal, or `-` for none. */
export function hex(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString("hex") || "-";
}
