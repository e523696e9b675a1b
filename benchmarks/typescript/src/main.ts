/**
 * Measures one library: `codec LIBRARY REFERENCE_FOLDER SECONDS` or `rpc LIBRARY SECONDS`, with a figure per line. Or serves the
 * workload: `serve LIBRARY`.
 *
 * `cargo xtask bench` runs it, a process for each library, and compares.
 */

import type { Library } from "./codec/library.js";
import { measure, report } from "./measure.js";
import type { Client } from "./rpc/client.js";
import { inFlight, sequential } from "./rpc/measure.js";
import { CASES, values } from "./values.js";

/** Each is loaded only where it is measured: what others bring along is not to be felt. */
const LIBRARIES: Record<string, () => Promise<Library>> = {
	rapace: async () => (await import("./codec/rapace.js")).rapace,
	"rapace-typed": async () =>
		(await import("./codec/rapace-typed.js")).rapaceTyped,
	"protobuf-es": async () =>
		(await import("./codec/protobuf-es.js")).protobufEs,
	protobufjs: async () => (await import("./codec/protobufjs.js")).protobufjs,
	msgpackr: async () => (await import("./codec/msgpackr.js")).msgpackr,
	bebop: async () => (await import("./codec/bebop.js")).bebopLibrary,
};

const CLIENTS: Record<string, () => Promise<Client>> = {
	rapace: async () => (await import("./rpc/rapace.js")).rapace("BENCH_RAPACE"),
	"rapace-stock": async () =>
		(await import("./rpc/rapace.js")).rapace("BENCH_STOCK"),
	raw: async () => (await import("./rpc/raw.js")).raw(),
	"grpc-js": async () => (await import("./rpc/grpc-js.js")).grpcJs(),
	"connect-node": async () =>
		(await import("./rpc/connect-node.js")).connectNode(),
	capnweb: async () => (await import("./rpc/capnweb.js")).capnweb(),
};

const SERVERS: Record<string, () => Promise<void>> = {
	rapace: async () => (await import("./serve/rapace.js")).rapace(),
	"grpc-js": async () => (await import("./serve/grpc-js.js")).grpcJs(),
	"connect-node": async () =>
		(await import("./serve/connect-node.js")).connectNode(),
	raw: async () => (await import("./serve/raw.js")).raw(),
};

/** What the name stands for. */
function named<Value>(of: Record<string, Value>, name: string): Value {
	const value = of[name];
	if (value === undefined) {
		throw new Error(`${name} is none of ${Object.keys(of).join(", ")}`);
	}
	return value;
}

async function codec(
	name: string,
	folder: string,
	seconds: number,
): Promise<void> {
	const library = await named(LIBRARIES, name)();
	const codecs = library(values(folder));
	for (const name of CASES) {
		const codec = codecs[name];
		if (codec === undefined) {
			continue;
		}
		const bytes = codec.encode();
		codec.check(bytes);
		report(
			name,
			"encode",
			measure(seconds, () => codec.encode()),
		);
		report(
			name,
			"decode",
			measure(seconds, () => codec.decode(bytes)),
		);
	}
}

async function rpc(library: string, seconds: number): Promise<void> {
	const client = await named(CLIENTS, library)();
	for (const name of ["small", "blob"] as const) {
		const call = client[name];
		await sequential(name, call, seconds);
		// Plain rapace serves one call after another.
		if (library !== "rapace-stock") {
			await inFlight(name, call, seconds);
		}
	}
	await client.close();
}

const [what, library = "", ...rest] = process.argv.slice(2);
if (what === "codec" && rest.length === 2) {
	await codec(library, rest[0] ?? "", Number(rest[1]));
} else if (what === "rpc" && rest.length === 1) {
	await rpc(library, Number(rest[0]));
} else if (what === "serve" && rest.length === 0) {
	await named(SERVERS, library)();
} else if (what === "serve-capnweb" && library === "") {
	await (await import("./rpc/capnweb.js")).serve();
} else {
	throw new Error(
		"usage: codec LIBRARY REFERENCE_FOLDER SECONDS | rpc LIBRARY SECONDS | serve LIBRARY",
	);
}
