/**
 * The testee for TypeScript: does what lines of JSON on standard input say, with generated clients.
 *
 * `testee.js API_JSON [web]`. With `web` it opens WebSockets as a page does, with the platform's own. Wrong values are passed on
 * as the wrong values that they look like: it is the generated code that has to refuse them.
 *
 * `worker.js` runs the same in a worker.
 */

import { readdirSync, readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import * as served from "../generated/dist/handlers.js";
import * as services from "../generated/dist/index.js";
import * as json from "../generated/dist/json.js";
import {
	type CallOptions,
	type Connection,
	connect as connectAsNode,
	createClient,
	createHost,
	type Handler,
	type Host,
	listen,
	openTunnel,
} from "../generated/dist/rapace/node.js";
import { connect as connectAsPage } from "../generated/dist/rapace/web.js";
import type { Api, TypeRef } from "./api.js";
import type { Command } from "./command.js";
import { describe } from "./described.js";
import { formsOf, functionsOf } from "./functions.js";
import { lines } from "./lines.js";
import { measured } from "./measured.js";
import { connectOptions, type Options, servingOptions } from "./options.js";
import { Handlers, statusOf } from "./serving.js";
import { Pipe } from "./tunnels.js";
import { Values } from "./values.js";

/** A stream that is read by hand. */
interface Opened {
	items: AsyncIterator<unknown>;
	response: TypeRef;
	controller: AbortController;
}

type Anything = (...values: unknown[]) => unknown;

const [, , apiJson = "", way] = process.argv;
const api = JSON.parse(readFileSync(apiJson, "utf8")) as Api;
const values = new Values(api, formsOf(json));
const functions = functionsOf(services);
const handlers = new Handlers(api, served, values, say);
let connection: Connection | undefined;
let host: Host | undefined;
let timeoutMs: number | undefined;
/** The clients of the connection, by their services. */
const clients = new Map<object, object>();
/** What gives up the command that is done, by its id. */
const running = new Map<number, AbortController>();
const streams = new Map<number, Opened>();
const pipes = new Map<number, Pipe>();

/** Does what the command says, in so far as its name is one of these. */
const verbs: Record<string, (command: Command) => Promise<object>> = {
	async connect({ connect: address = "", serve, options = {} }) {
		await connection?.close();
		timeoutMs = options.timeout_ms;
		clients.clear();
		streams.clear();
		pipes.clear();
		const connect =
			way === "web" && /^wss?:/.test(address) ? connectAsPage : connectAsNode;
		connection = await connect(address, {
			...connectOptions(options, say),
			...(serve ? { ...servingOptions(options), handlers: all(options) } : {}),
		});
		return { connected: true };
	},
	async serve({ serve: address, options = {} }) {
		await host?.close({ graceMs: 1 });
		host = createHost(all(options), servingOptions(options));
		const { address: listening } = await listen(host, String(address));
		return { listening };
	},
	async shutdown({ grace_ms: graceMs }) {
		await host?.close({ graceMs });
		if (host === undefined) {
			await connection?.close();
		}
		return { shut: true };
	},
	async answer({ answer = 0, value }) {
		const running = handlers.running(answer);
		running.answer(handlers.valueFor(running, value));
		return { answered: true };
	},
	async item({ item = 0, value }) {
		const running = handlers.running(item);
		const sent = await running.item(handlers.valueFor(running, value));
		return { sent };
	},
	async end({ end = 0 }) {
		handlers.running(end).end();
		return { ended: true };
	},
	async fail({ fail = 0, code = 0, message = "" }) {
		handlers.running(fail).fail(statusOf(code, message));
		return { failed: true };
	},
	async raise({ raise = 0, message }) {
		handlers.running(raise).fail(new Error(message));
		return { raised: true };
	},
	async open_tunnel({ id, open_tunnel = 0 }) {
		const tunnel = handlers.running(open_tunnel).call.openTunnel();
		pipes.set(id, new Pipe(tunnel));
		return { channel: tunnel.channel };
	},
	async close() {
		await connection?.close();
		return { closed: true };
	},
	async many({ many = 0, call: path = "" }) {
		const errors: Record<string, number> = {};
		let right = 0;
		let wrong = 0;
		const one = async (i: number) => {
			try {
				const { call } = bound(path, [i], {});
				const answer = await call();
				if (answer === i) {
					right++;
				} else {
					wrong++;
				}
			} catch (error) {
				const { kind } = describe(error);
				errors[kind] = (errors[kind] ?? 0) + 1;
			}
		};
		await Promise.all(Array.from({ length: many }, (_, i) => one(i)));
		return { right, wrong, errors };
	},
	async call(command) {
		return await cancellable(command, async (signal) => {
			const { call, response } = bound(
				command.call ?? "",
				command.arguments,
				options(command, signal),
			);
			return { value: values.toJson(response, await call()) };
		});
	},
	async stream(command) {
		return await cancellable(command, async (signal) => {
			const { call, response } = bound(
				command.stream ?? "",
				command.arguments,
				options(command, signal),
			);
			const items: unknown[] = [];
			try {
				for await (const item of call() as AsyncIterable<unknown>) {
					items.push(values.toJson(response, item));
				}
			} catch (error) {
				return { items, error: describe(error) };
			}
			return { items, end: true };
		});
	},
	async notify(command) {
		const { call } = bound(
			command.notify ?? "",
			command.arguments,
			options(command, undefined),
			functions.notifications,
		);
		await call();
		return { notified: true };
	},
	async open(command) {
		const controller = new AbortController();
		const { call, response } = bound(
			command.open ?? "",
			command.arguments,
			options(command, controller.signal),
		);
		const stream = call() as AsyncIterable<unknown>;
		const items = stream[Symbol.asyncIterator]();
		streams.set(command.id, { items, response, controller });
		return { opened: true };
	},
	async next({ id, next = 0, count = 1 }) {
		const { items, response, controller } = there(streams, next);
		const found: unknown[] = [];
		running.set(id, controller);
		try {
			while (found.length < count) {
				const { value, done } = await items.next();
				if (done) {
					return { items: found, end: true };
				}
				found.push(values.toJson(response, value));
			}
		} catch (error) {
			return { items: found, error: describe(error) };
		} finally {
			running.delete(id);
		}
		return { items: found };
	},
	async break({ break: stream = 0 }) {
		await there(streams, stream).items.return?.();
		return { broken: true };
	},
	async cancel({ cancel = 0 }) {
		running.get(cancel)?.abort();
		return { cancelled: true };
	},
	async tunnel({ id, tunnel = 0 }) {
		pipes.set(id, new Pipe(openTunnel(connected(), tunnel)));
		return { opened: true };
	},
	async write({ write = 0, bytes = "" }) {
		await there(pipes, write).write(Buffer.from(String(bytes), "base64"));
		return { written: true };
	},
	async read({ read = 0, count = 0 }) {
		const { bytes, end } = await there(pipes, read).read(count);
		return { bytes: Buffer.from(bytes).toString("base64"), end };
	},
	async finish({ finish = 0 }) {
		await there(pipes, finish).finish();
		return { finished: true };
	},
	async drop({ drop = 0 }) {
		there(pipes, drop).drop();
		return { dropped: true };
	},
	async pump({ pump = 0, bytes = 0 }) {
		return { pumped: await there(pipes, pump).pump(Number(bytes)) };
	},
	async stats() {
		globalThis.gc?.();
		globalThis.gc?.();
		const { heapUsed, external } = process.memoryUsage();
		return {
			stats: {
				in_flight: connection?.inFlight ?? 0,
				dropped_frames: connection?.droppedFrames ?? 0,
				serving: (host?.serving ?? 0) + (connection?.serving ?? 0),
				connections: host?.connections ?? 0,
				tasks: 0,
				handles: readdirSync("/proc/self/fd").length,
				memory: heapUsed + external,
			},
		};
	},
};

/** Handlers of all services. */
function all({ echo = false }: Options): Handler[] {
	return handlers.all(echo);
}

async function obey(command: Command): Promise<object> {
	for (const [verb, does] of Object.entries(verbs)) {
		if (verb in command) {
			return await does(command);
		}
	}
	throw new Error(`no command ${JSON.stringify(command)}`);
}

/** Does something that a later command may cancel. */
async function cancellable(
	{ id }: Command,
	does: (signal: AbortSignal) => Promise<object>,
): Promise<object> {
	const controller = new AbortController();
	running.set(id, controller);
	try {
		return await does(controller.signal);
	} finally {
		running.delete(id);
	}
}

function options(
	{ timeout_ms }: Command,
	signal: AbortSignal | undefined,
): CallOptions {
	return { timeoutMs: timeout_ms, signal };
}

function there<Thing>(things: Map<number, Thing>, id: number): Thing {
	const thing = things.get(id);
	if (thing === undefined) {
		throw new Error(`nothing was opened by command ${id}`);
	}
	return thing;
}

function connected(): Connection {
	if (connection === undefined) {
		throw new Error("there was no connect");
	}
	return connection;
}

/** The method with its arguments, ready to be called. */
function bound(
	path: string,
	args: unknown[] = [],
	options: CallOptions = {},
	those = functions.calls,
): { call: () => unknown; response: TypeRef } {
	const [serviceName = "", methodName] = path.split(".");
	const described = api.services.find((each) => each.name === serviceName);
	const method = described?.methods.find((each) => each.name === methodName);
	const found = those.get(method?.wire_name ?? "");
	if (method === undefined || found === undefined) {
		throw new Error(`no method ${path}`);
	}
	const { service, name } = found;
	const client =
		clients.get(service) ??
		createClient<object>(service as never, connected(), { timeoutMs });
	clients.set(service, client);
	const converted = method.arguments.map(({ type }, index) =>
		values.fromJson(type, args[index]),
	);
	return {
		call: () =>
			(client as Record<string, Anything>)[name]?.(...converted, options),
		response: method.response,
	};
}

/** What came of a command, an error of the runtime's too. */
async function outcome(command: Command): Promise<object> {
	try {
		return await obey(command);
	} catch (error) {
		return { error: describe(error) };
	}
}

async function answer(command: Command): Promise<void> {
	const result = await (command.measure
		? measured(() => outcome(command))
		: outcome(command));
	say({ id: command.id, ...result });
}

function say(line: object): void {
	const text = JSON.stringify(line);
	if (parentPort === null) {
		process.stdout.write(`${text}\n`);
	} else {
		parentPort.postMessage(text);
	}
}

function hear(line: string): void {
	// What is not the runtime's own error is a defect: it ends the program, as an unhandled rejection.
	void answer(JSON.parse(line) as Command);
}

parentPort?.on("message", hear);
say({ ready: "typescript" });
if (parentPort === null) {
	for await (const line of lines(process.stdin)) {
		hear(line);
	}
	await connection?.close();
	await host?.close({ graceMs: 1 });
}
