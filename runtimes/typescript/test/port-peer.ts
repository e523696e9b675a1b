/** A worker that answers frames on the port that it is given: echoes, streams, falls silent, hangs up or talks nonsense. */

import { type MessagePort, parentPort } from "node:worker_threads";

import { DATA, EOS } from "../src/descriptor.js";

const CHANNEL = 8;
const METHOD = 12;
const FLAGS = 32;
const DESCRIPTOR_BYTES = 64;

parentPort?.once("message", (port: MessagePort) => {
	port.on("message", (frame: Uint8Array | null) => {
		if (frame === null) {
			port.close();
			return;
		}
		const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
		const channel = view.getUint32(CHANNEL, true);
		const payload = frame.slice(DESCRIPTOR_BYTES);
		const reply = (flags: number, bytes: Uint8Array = new Uint8Array(0)) => {
			const answer = new Uint8Array(DESCRIPTOR_BYTES + bytes.length);
			const fields = new DataView(answer.buffer);
			fields.setUint32(CHANNEL, channel, true);
			fields.setUint32(FLAGS, flags, true);
			answer.set(bytes, DESCRIPTOR_BYTES);
			port.postMessage(answer);
		};
		const word = Buffer.from(payload.subarray(1)).toString();
		if (channel === 0 || word === "be silent") {
			return;
		}
		if (view.getUint32(METHOD, true) === 0x33333333) {
			for (let i = 0; i < (payload[0] ?? 0); i++) {
				reply(DATA, Uint8Array.of(i));
			}
			reply(EOS);
		} else if (word === "hang up") {
			port.postMessage(null);
			port.close();
		} else if (word === "talk nonsense") {
			port.postMessage("nonsense");
		} else {
			reply(DATA | EOS, payload);
		}
	});
});
