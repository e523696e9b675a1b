/** What tests of hosts share: paths for sockets, and a handler that waits. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ServedCall } from "../src/codegen.js";
import type { Handler } from "../src/node.js";
import { echoing } from "./served.js";

const folder = mkdtempSync(join(tmpdir(), "rapace"));
let sockets = 0;

/** Returns a new path for a Unix socket. */
export function socketPath(): string {
	return join(folder, `${++sockets}.sock`);
}

/** A handler whose calls of `echo` wait for `answer`, or for their cancellation. */
export function waiting(): {
	readonly handler: Handler;
	readonly calls: ServedCall[];
	answer(text: string): void;
	runs(): Promise<void>;
} {
	const calls: ServedCall[] = [];
	let answer = (_text: string) => {};
	let arrived = () => {};
	const handler = echoing({
		echo: (_, call) =>
			new Promise((resolve, reject) => {
				calls.push(call);
				answer = resolve;
				call.signal.addEventListener("abort", () => reject(call.signal.reason));
				arrived();
			}),
	});
	return {
		handler,
		calls,
		answer: (text: string) => answer(text),
		/** Resolves when a call runs. */
		runs: () =>
			new Promise<void>((resolve) => {
				arrived = resolve;
			}),
	};
}
