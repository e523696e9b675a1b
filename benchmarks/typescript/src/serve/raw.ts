/** The limit: what Node can send back of frames without any meaning. Their lengths are read, so that they are counted. */

import { type AddressInfo, createServer, type Socket } from "node:net";

import { announce, served } from "./announce.js";

export function raw(): void {
	const server = createServer({ noDelay: true }, sendBack);
	server.listen(0, "127.0.0.1", () => {
		announce(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
	});
}

function sendBack(socket: Socket): void {
	let rest = Buffer.alloc(0);
	let skip = 0;
	socket.on("error", () => undefined);
	socket.on("data", (chunk: Buffer) => {
		socket.write(chunk);
		const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
		while (skip + 4 <= data.length) {
			served.calls++;
			skip += 4 + data.readUInt32LE(skip);
		}
		rest = Buffer.from(data.subarray(skip));
		skip = Math.max(0, skip - data.length);
	});
}
