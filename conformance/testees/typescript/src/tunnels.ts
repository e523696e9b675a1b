/** Tunnels by hand. */

import type { Tunnel } from "../generated/dist/rapace/node.js";

/** Byte `i` of what is pumped. */
function pattern(i: number): number {
	return (i * 31 + Math.floor(i / 256)) % 256;
}

/** How many bytes are pumped at once. */
const CHUNK_BYTES = 256 * 1024;

/** A tunnel that is written to and read from a piece at a time. */
export class Pipe {
	private readonly tunnel: Tunnel;
	private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
	private readonly writer: WritableStreamDefaultWriter<Uint8Array>;
	/** What was read and not asked for. */
	private rest: Uint8Array = new Uint8Array(0);

	constructor(tunnel: Tunnel) {
		this.tunnel = tunnel;
		this.reader = this.tunnel.readable.getReader();
		this.writer = this.tunnel.writable.getWriter();
	}

	async write(bytes: Uint8Array): Promise<void> {
		await this.writer.write(bytes);
	}

	/** So many bytes, or fewer at the end. */
	async read(count: number): Promise<{ bytes: Uint8Array; end: boolean }> {
		let bytes = this.rest;
		let end = false;
		while (bytes.length < count && !end) {
			const { value, done } = await this.reader.read();
			end = done;
			if (value !== undefined) {
				bytes = Buffer.concat([bytes, value]);
			}
		}
		this.rest = bytes.subarray(count);
		return { bytes: bytes.subarray(0, count), end };
	}

	async finish(): Promise<void> {
		await this.writer.close();
	}

	drop(): void {
		this.tunnel.close();
	}

	/** Writes `bytes` bytes of the pattern and reads as many at the same time. */
	async pump(bytes: number): Promise<number> {
		const writing = this.writePattern(bytes);
		// Who reads hears of the failure as well, and says so.
		writing.catch(() => {});
		let read = 0;
		while (read < bytes) {
			const { value, done } = await this.reader.read();
			if (done) {
				throw new Error(`the tunnel ended after ${read} of ${bytes} bytes`);
			}
			for (const byte of value) {
				if (byte !== pattern(read)) {
					throw new Error(`byte ${read} is ${byte}, not ${pattern(read)}`);
				}
				read++;
			}
		}
		await writing;
		return read;
	}

	private async writePattern(bytes: number): Promise<void> {
		for (let at = 0; at < bytes; at += CHUNK_BYTES) {
			const chunk = new Uint8Array(Math.min(CHUNK_BYTES, bytes - at));
			for (let i = 0; i < chunk.length; i++) {
				chunk[i] = pattern(at + i);
			}
			await this.writer.write(chunk);
		}
	}
}
