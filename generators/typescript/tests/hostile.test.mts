/** Every name of `hostile.json`, as method, argument, field, variant and type, is called and comes back. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as hostile from "hostile";
import { byteStream, createClient, SingleConnection } from "hostile/rapace";

interface Api {
	services: {
		name: string;
		methods: { name: string; kind: string; arguments: unknown[] }[];
	}[];
	types: {
		name: string;
		fields?: { name: string }[];
		variants?: { name: string }[];
	}[];
}

const api = JSON.parse(
	readFileSync(new URL("../hostile.json", import.meta.url), "utf8"),
) as Api;

const HEADER_BYTES = 68;

type Transport = ConstructorParameters<typeof SingleConnection>[0];

/** Answers each request with its own payload. */
class Mirror implements Transport {
	readonly peer = "mirror";
	readonly intake = byteStream;
	readonly delaysAcknowledgements = false;
	readonly unsentBytes = 0;
	/** The method's number in the last request. */
	method = 0;
	private received: (bytes: Uint8Array) => void = () => {};

	start(events: { received(bytes: Uint8Array): void }): void {
		this.received = events.received;
	}
	send(frame: Uint8Array): void {
		const reply = Buffer.from(frame);
		this.method = reply.readUInt32LE(16);
		reply.writeUInt32LE(0x05, 36);
		assert.ok(reply.length >= HEADER_BYTES);
		queueMicrotask(() => this.received(reply));
	}
	close(): Promise<void> {
		return Promise.resolve();
	}
}

type Anything = (...values: unknown[]) => Promise<unknown>;
type Methods = { id: number; name: string; kind: { form: string } };

const mirror = new Mirror();
const connection = new SingleConnection(mirror);

/** The methods that answer, in order, with the functions of the client. */
function functions(service: object): [Methods, Anything][] {
	const client = createClient(service as never, connection) as object;
	const methods = Object.entries(service) as [string, Methods][];
	return methods
		.filter(([, { kind }]) => kind.form !== "notification")
		.map(([name, method]) => [method, Reflect.get(client, name) as Anything]);
}

function names(service: string): string[] {
	const found = api.services.find(({ name }) => name === service);
	return (found?.methods ?? []).map(({ name }) => `${service}.${name}`);
}

function fields(type: string): number {
	return api.types.find(({ name }) => name === type)?.fields?.length ?? 0;
}

test("every method is there once, under a name of its own, and answers", async () => {
	const methods = functions(hostile.Hostile);
	assert.deepEqual(
		methods.map(([{ name }]) => name),
		names("Hostile"),
	);
	for (const [i, [method, call]] of methods.entries()) {
		assert.equal(await call(i % 256), i % 256, method.name);
		assert.equal(mirror.method, method.id, method.name);
	}
});

/** A function of the service that is named `Client` itself. */
function call(name: string): Anything {
	const [, found] =
		functions(hostile.Client).find(([method]) => method.name === name) ?? [];
	assert.ok(found, name);
	return found;
}

test("every name is an argument, a field and a type", async () => {
	const count = fields("HostileFields");
	assert.ok(count > 400, `${count}`);
	const values = Array.from({ length: count }, (_, i) => i % 256);
	const back = (await call("Client.arguments")(...values)) as Uint8Array;
	assert.deepEqual([...back], values);
	for (const name of ["Client.fields", "Client.types"]) {
		// Whatever it is asked for, it has: so what comes back has every name.
		const anything: object = new Proxy({}, { get: () => 7 });
		const all = (await call(name)(
			name === "Client.fields"
				? anything
				: Array.from({ length: fields("HostileTypes") }, () => anything),
		)) as object;
		assert.equal(
			Object.keys(all).length,
			fields(`Hostile${name.slice(7, 8).toUpperCase()}${name.slice(8)}`),
		);
		assert.deepEqual(await call(name)(all), all);
	}
});

test("every variant is told by its own name", async () => {
	const variants = (type: string) =>
		api.types.find(({ name }) => name === type)?.variants ?? [];
	const plain = variants("HostileNames").map(({ name }) => name);
	assert.ok(plain.length > 400);
	assert.deepEqual(await call("Client.names")(plain), plain);
	for (const { name } of variants("HostileVariants")) {
		const value = new Proxy(
			{ kind: name },
			{ get: ({ kind }, key) => (key === "kind" ? kind : 7) },
		);
		const [back] = (await call("Client.variants")([value])) as [
			{ kind: string },
		];
		assert.equal(back.kind, name);
		const numbers = Object.values(back).filter((each: unknown) => each === 7);
		assert.deepEqual(numbers, [7], name);
	}
});
