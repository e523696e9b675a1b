/** Frames of the same size without any meaning, sent back as they are: what a socket can carry from this language. */

import { once } from "node:events";
import { connect } from "node:net";

import { address, type Client } from "./client.js";

/** Header and payload of the two calls. */
const SMALL_BYTES = 68 + 27;
const BLOB_BYTES = 68 + 1_026;

export async function raw(): Promise<Client> {
	const { hostname, port } = new URL(address("BENCH_ECHO"));
	const socket = connect(Number(port), hostname);
	socket.setNoDelay(true);
	await once(socket, "connect");
	const waiting: (() => void)[] = [];
	let bytes = 0;
	let size = 0;
	socket.on("data", (chunk) => {
		bytes += chunk.length;
		for (; bytes >= size && waiting.length > 0; bytes -= size) {
			waiting.shift()?.();
		}
	});
	let unsent = 0;
	/** Sends what was asked for in this moment with one write. */
	const flush = () => {
		socket.write(new Uint8Array(unsent * size));
		unsent = 0;
	};
	const echo = (wanted: number): Promise<void> =>
		new Promise((resolve) => {
			size = wanted;
			waiting.push(resolve);
			if (unsent++ === 0) {
				process.nextTick(flush);
			}
		});
	return {
		small: () => echo(SMALL_BYTES),
		blob: () => echo(BLOB_BYTES),
		close: () => {
			socket.destroy();
		},
	};
}
