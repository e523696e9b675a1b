/** The greatest channel id: they are `u32`. */
const LAST_CHANNEL = 0xffff_ffff;

/** The channel ids of a session: which are this side's, and which are over for this side and perhaps not for the peer. */
export class Channels {
	/**
	 * The channels of cancelled calls, of tunnels that are over, and of requests that were refused, until their end arrives. What
	 * arrives on them is dropped, and no new call uses them. Beyond a limit the oldest are forgotten.
	 */
	readonly abandoned: Set<number> = new Set<number>();
	readonly #first: number;
	readonly #maxAbandoned: number;
	private upcoming: number;

	/** The first channel of this side is `first`, and every other one has the same parity. */
	constructor(first: number, maxAbandoned: number) {
		this.#first = first;
		this.#maxAbandoned = maxAbandoned;
		this.upcoming = first;
	}

	/** Reports whether the channel has this side's parity. The peer uses the other one for its own calls. */
	owns(channel: number): boolean {
		return channel % 2 === this.#first % 2;
	}

	/** Returns the next channel of this side, which may be in use: ids start again after the last one. */
	next(): number {
		const channel = this.upcoming;
		const next = channel + 2;
		this.upcoming = next > LAST_CHANNEL ? this.#first : next;
		return channel;
	}

	/** Adds to {@link abandoned}. */
	abandon(channel: number): void {
		const { abandoned } = this;
		abandoned.add(channel);
		if (abandoned.size > this.#maxAbandoned) {
			const [oldest] = abandoned;
			abandoned.delete(oldest as number);
		}
	}
}
