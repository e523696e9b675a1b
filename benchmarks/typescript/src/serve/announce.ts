import { createInterface } from "node:readline";

/** How many calls this process has served. */
export const served = { calls: 0 };

/**
 * Prints the address, and then answers each line of standard input with the calls and the processor time up to now. The end of
 * standard input ends the process.
 */
export function announce(address: string): void {
	console.log(address);
	const lines = createInterface({ input: process.stdin });
	lines.on("line", () => {
		const { user, system } = process.cpuUsage();
		const cpu_ns = (user + system) * 1_000;
		console.log(JSON.stringify({ calls: served.calls, cpu_ns }));
	});
	lines.on("close", () => process.exit(0));
}
