/** How long calls take, and what they cost. */

import { median, report } from "../measure.js";

/** How many calls are under way at once. */
const IN_FLIGHT = 64;

/** Reports the median time of one call at a time. */
export async function sequential(
	name: string,
	call: () => Promise<unknown>,
	seconds: number,
): Promise<void> {
	const times: number[] = [];
	const from = performance.now();
	const warm = from + seconds * 500;
	const end = from + seconds * 1_500;
	// On a busy machine the time may be over before a call was counted.
	for (let start = from; start < end || times.length === 0; ) {
		await call();
		const now = performance.now();
		if (start >= warm) {
			times.push(now - start);
		}
		start = now;
	}
	report(name, "sequential", median(times) * 1e6);
}

/** Reports wall time and CPU time of each call while many are under way on the one connection. */
export async function inFlight(
	name: string,
	call: () => Promise<unknown>,
	seconds: number,
): Promise<void> {
	await together(call, seconds / 2);
	const cpu = process.cpuUsage();
	const from = performance.now();
	const calls = await together(call, seconds);
	const wall = performance.now() - from;
	const { user, system } = process.cpuUsage(cpu);
	report(name, "in_flight_64", (wall * 1e6) / calls);
	report(name, "cpu", ((user + system) * 1e3) / calls);
}

/** Makes calls for so long, each of the callers one after another, and returns how many there were. */
async function together(
	call: () => Promise<unknown>,
	seconds: number,
): Promise<number> {
	const end = performance.now() + seconds * 1_000;
	let calls = 0;
	async function caller(): Promise<void> {
		do {
			await call();
			calls++;
		} while (performance.now() < end);
	}
	await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
	return calls;
}
