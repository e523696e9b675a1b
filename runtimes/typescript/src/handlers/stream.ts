import { DATA, EOS } from "../descriptor.js";
import { STREAM_BURST_ITEMS } from "../limits.js";
import type { Served } from "./served.js";

/** What sends the items of a served stream. */
export interface ItemSink {
	/** Waits until more may be sent. Nothing when it may be sent now. */
	room(call: Served): Promise<void> | undefined;
	/**
	 * Sends an item, or the end.
	 *
	 * @throws what the writer throws for a value that it refuses.
	 */
	send(call: Served, value: unknown, flags: number): void;
	/** The stream has ended, or failed. */
	ended(call: Served): void;
	failed(call: Served, error: unknown): void;
	/** An item cannot be sent. */
	unsendable(call: Served, value: unknown, error: unknown): void;
	/** Closing the generator failed. */
	unclosed(call: Served, error: unknown): void;
}

/** Sends the items of a handler. The next item is asked for when there is room for it. */
export async function sendItems(
	call: Served,
	made: unknown,
	sink: ItemSink,
): Promise<void> {
	let items: AsyncIterator<unknown>;
	try {
		items = iteratorOf(made);
	} catch (error) {
		sink.failed(call, error);
		return;
	}
	const close = () => closeItems(call, items, sink);
	if (call.over) {
		close();
		return;
	}
	call.closeItems = close;
	let burst = 0;
	try {
		while (!call.over) {
			const room = sink.room(call);
			if (room !== undefined) {
				burst = 0;
				await room;
				continue;
			}
			if (++burst > STREAM_BURST_ITEMS) {
				// A layer without back-pressure always has room, and a generator may never wait.
				burst = 0;
				await new Promise((resolve) => setTimeout(resolve, 0));
				continue;
			}
			const { value, done } = await items.next();
			if (call.over) {
				break;
			}
			if (done) {
				sink.send(call, undefined, EOS);
				sink.ended(call);
			} else if (!sendItem(call, value, sink)) {
				close();
			}
		}
	} catch (error) {
		sink.failed(call, error);
	}
}

/** Sends one item. False when it cannot be written, which ends the stream. */
function sendItem(call: Served, value: unknown, sink: ItemSink): boolean {
	try {
		sink.send(call, value, DATA);
		return true;
	} catch (error) {
		sink.unsendable(call, value, error);
		return false;
	}
}

/** Returns the iterator of what a handler has returned. */
function iteratorOf(made: unknown): AsyncIterator<unknown> {
	const begin = (Object(made) as Partial<AsyncIterable<unknown>>)[
		Symbol.asyncIterator
	];
	if (typeof begin !== "function") {
		throw new TypeError("the handler of a stream returned no async iterable");
	}
	return begin.call(made);
}

/** Closes a generator, whose clean-up may fail or never end. */
function closeItems(
	call: Served,
	items: AsyncIterator<unknown>,
	sink: ItemSink,
): void {
	call.closeItems = undefined;
	try {
		const closed = items.return?.();
		closed?.then(undefined, (error: unknown) => sink.unclosed(call, error));
	} catch (error) {
		sink.unclosed(call, error);
	}
}
