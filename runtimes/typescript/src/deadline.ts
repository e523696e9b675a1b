import { LONGEST_TIMER_MS, NEVER } from "./time.js";

/**
 * The timer of the earliest deadline. One timer is enough for all calls: when it ends, mostly none of the calls for which it was
 * set is in flight.
 */
export class Deadline {
	readonly #expire: (now: number) => number;
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** When the timer ends: at the earliest deadline, or at one that was earlier. */
	#ends: number = NEVER;

	/** `expire` handles the deadlines that have come, and returns the earliest of the others. */
	constructor(expire: (now: number) => number) {
		this.#expire = expire;
	}

	/** Makes the timer end at this deadline, in milliseconds of `performance.now()`, or before it. */
	set(deadline: number): void {
		if (deadline < this.#ends) {
			clearTimeout(this.#timer);
			this.#ends = deadline;
			const ms = Math.ceil(deadline - performance.now());
			this.#timer = setTimeout(this.#end, Math.min(ms, LONGEST_TIMER_MS));
		}
	}

	/** Stops the timer, so that it does not keep a program alive. */
	clear(): void {
		clearTimeout(this.#timer);
		this.#ends = NEVER;
	}

	readonly #end = () => {
		this.#ends = NEVER;
		this.set(this.#expire(performance.now()));
	};
}
