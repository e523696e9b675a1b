/** What orders do to the shop: placing and cancelling, prices, stock and history. */

import type {
	Availability,
	Book,
	CancelOutcome,
	NewOrder,
	Order,
	OrderEvent,
	OrderLine,
	OrderStatus,
	PlaceOutcome,
} from "bookshop";

import { ORDER_EVERY, placedAt } from "./seed.js";

const MOST_COPIES = 0xffff_ffff;

/** Places the order if every line of it can be had. */
export function place(
	books: ReadonlyMap<string, Book>,
	orders: Map<bigint, Order>,
	order: NewOrder,
): PlaceOutcome {
	const lines: OrderLine[] = [];
	const taken = new Map<string, number>();
	for (const [isbn, copies] of order.lines) {
		const book = books.get(isbn);
		if (book === undefined) {
			return { kind: "UnknownBook", value: isbn };
		}
		const { price, availability } = book;
		const currency = lines[0]?.price.currency ?? price.currency;
		if (currency !== price.currency) {
			return { kind: "MixedCurrencies", value: [currency, price.currency] };
		}
		const left = copiesOf(availability);
		const wanted = Math.min((taken.get(isbn) ?? 0) + copies, MOST_COPIES);
		taken.set(isbn, wanted);
		if (wanted > left) {
			return { kind: "OutOfStock", isbn, left };
		}
		lines.push({ isbn, copies, price });
	}
	const [first] = lines;
	if (first === undefined) {
		return { kind: "Empty" };
	}
	for (const [isbn, copies] of taken) {
		const book = books.get(isbn);
		if (book !== undefined && copies > 0) {
			const left = copiesOf(book.availability) - copies;
			book.availability =
				left === 0 ? { kind: "SoldOut" } : { kind: "InStock", value: left };
			book.sold += BigInt(copies);
		}
	}
	const id = ([...orders.keys()].at(-1) ?? 0n) + 1n;
	const placed: Order = {
		id,
		customer: order.customer,
		lines,
		total: { minor: 0n, currency: first.price.currency },
		status: { kind: "Placed" },
		note: order.note,
		gift: false,
		placed: placedAt(id),
	};
	placed.total.minor = priceOf(placed);
	orders.set(id, placed);
	return { kind: "Placed", value: placed };
}

/** Cancels the order and puts its books back. */
export function cancel(
	books: ReadonlyMap<string, Book>,
	order: Order | undefined,
): CancelOutcome {
	if (order === undefined) {
		return { kind: "UnknownOrder" };
	}
	if (order.status.kind !== "Placed") {
		return { kind: "TooLate", value: order.status };
	}
	order.status = { kind: "Cancelled" };
	for (const { isbn, copies } of order.lines) {
		const book = books.get(isbn);
		if (book !== undefined) {
			book.availability = withMore(book.availability, copies);
			const sold = book.sold - BigInt(copies);
			book.sold = sold > 0n ? sold : 0n;
		}
	}
	const { minor, currency } = order.total;
	return { kind: "Cancelled", refund: { minor: -minor, currency } };
}

/** What the order costs in its currency's smallest unit, the discount taken off and rounded in the shop's favour. */
export function priceOf({ lines, discount = 0 }: Order): bigint {
	let full = 0n;
	for (const { price, copies } of lines) {
		full += price.minor * BigInt(copies);
	}
	return full - (full * BigInt(discount)) / 100n;
}

/** What has happened to the order so far. A cancelled order has only been placed: its end is told otherwise. */
export function eventsOf({ status, lines, placed }: Order): OrderEvent[] {
	const history: OrderStatus[] = [{ kind: "Placed" }];
	if (status.kind === "Shipped") {
		const grams = lines.map(({ copies }) =>
			Math.min(copies * 500, MOST_COPIES),
		);
		history.push({
			kind: "Packed",
			parcels: Math.min(lines.length, 255),
			grams,
		});
	}
	if (status.kind !== "Placed" && status.kind !== "Cancelled") {
		history.push(status);
	}
	return history.map((status, i) => ({
		sequence: i + 1,
		at: placed + (BigInt(i) * ORDER_EVERY) / 10n,
		status,
	}));
}

/** How many copies can be had at once. */
export function copiesOf(availability: Availability): number {
	return availability.kind === "InStock" ? availability.value : 0;
}

/** The availability with so many copies more. None at all leave a book that is not out yet as it is. */
export function withMore(
	availability: Availability,
	copies: number,
): Availability {
	const value = Math.min(copiesOf(availability) + copies, MOST_COPIES);
	return copies > 0 ? { kind: "InStock", value } : availability;
}
