/** How long operations take. */

/** How long a round takes about, in nanoseconds: far above the clock's resolution, and short enough for many. */
const ROUND_NS = 2_000_000;

/** What was returned last: an operation whose result nobody sees might not be done at all. */
export let last: unknown;

/** Nanoseconds that one run of `operation` takes: the median of the rounds of `seconds`, half of them more before to warm up. */
export function measure(seconds: number, operation: () => unknown): number {
	const warm = performance.now() + seconds * 500;
	let count = 1;
	while (performance.now() < warm) {
		count = Math.max(1, Math.round(ROUND_NS / round(count, operation)));
	}
	const rounds: number[] = [];
	const end = performance.now() + seconds * 1_000;
	do {
		rounds.push(round(count, operation));
	} while (performance.now() < end);
	return median(rounds);
}

/** The middle one of the values. */
export function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[sorted.length >> 1] ?? Number.NaN;
}

function round(count: number, operation: () => unknown): number {
	const from = process.hrtime.bigint();
	for (let i = 0; i < count; i++) {
		last = operation();
	}
	return Math.max(1, Number(process.hrtime.bigint() - from)) / count;
}

/** Prints a figure as the line that `cargo xtask bench` reads. */
export function report(name: string, op: string, ns: number): void {
	console.log(JSON.stringify({ case: name, op, ns: Number(ns.toFixed(1)) }));
}
