/** The testee in a worker, `worker.js API_JSON [web]`: lines are handed to it, and what it says is printed. */

import { Worker } from "node:worker_threads";

import { lines } from "./lines.js";

const worker = new Worker(new URL("./testee.js", import.meta.url), {
	argv: process.argv.slice(2),
});
worker.on("message", (line: string) => process.stdout.write(`${line}\n`));
// A defect ends the worker, and with it this program.
worker.on("error", (error) => {
	throw error;
});
for await (const line of lines(process.stdin)) {
	worker.postMessage(line);
}
await worker.terminate();
