/** The testee's handlers: each tells that it runs, and waits for commands. */

import {
	Code,
	type Handler,
	type ServedCall,
	StatusError,
	serve,
} from "../generated/dist/rapace/node.js";
import type { Api, TypeRef } from "./api.js";
import type { Values } from "./values.js";

/** A method as generated handlers declare it. */
interface Declared {
	name: string;
	answers?: { form: "unary" | "streaming" };
}

/** A method as the description has it. */
interface Described {
	path: string;
	arguments: TypeRef[];
	response: TypeRef;
}

/** What a stream's handler is to do next. */
type Step =
	| { item: unknown; done: (sent: boolean) => void }
	| { error: unknown }
	| "end";

/** A handler that runs. */
interface Running {
	response: TypeRef;
	call: ServedCall;
	answer(value: unknown): void;
	fail(error: unknown): void;
	/** Sends an item. The result is whether the handler has gone on after it. */
	item(value: unknown): Promise<boolean>;
	end(): void;
}

/** How many handlers that are over can still be named: a command may come late. */
const REMEMBERED = 100;

export class Handlers {
	readonly #values: Values;
	readonly #say: (line: object) => void;
	readonly #described: Map<string, Described>;
	readonly #services: object[];
	readonly #running = new Map<number, Running>();
	/** The numbers of those that are over, the oldest first. */
	readonly #over = new Set<number>();
	#last = 0;

	/** Handlers of what a generated package exports. `say` prints a line. */
	constructor(
		api: Api,
		services: object,
		values: Values,
		say: (line: object) => void,
	) {
		this.#values = values;
		this.#say = say;
		this.#services = Object.values(services) as object[];
		this.#described = new Map(
			api.services.flatMap((service) =>
				service.methods.map((method): [string, Described] => [
					method.wire_name,
					{
						path: `${service.name}.${method.name}`,
						arguments: method.arguments.map(({ type }) => type),
						response: method.response,
					},
				]),
			),
		);
	}

	/** What a host serves. With `echo` a method whose argument has the type of its answer returns it. */
	all(echo: boolean): Handler[] {
		return this.#services.map((service) => {
			const functions = (Object.entries(service) as [string, Declared][])
				.filter(([, { answers }]) => answers !== undefined)
				.map(([property, method]) => [property, this.#function(method, echo)]);
			return serve(service, Object.fromEntries(functions) as never);
		});
	}

	/** The handler that runs under this number. */
	running(number: number): Running {
		const running = this.#running.get(number);
		if (running === undefined) {
			throw new Error(`no handler runs as ${number}`);
		}
		return running;
	}

	/** Makes a value of the JSON form of one. */
	valueFor({ response }: Running, value: unknown): unknown {
		return this.#values.fromJson(response, value);
	}

	#function({ name, answers }: Declared, echo: boolean): unknown {
		const described = this.#described.get(name);
		if (described === undefined) {
			throw new Error(`the description has no method ${name}`);
		}
		const [only, second] = described.arguments;
		const repeats =
			second === undefined &&
			JSON.stringify(only) === JSON.stringify(described.response);
		if (answers?.form === "streaming") {
			return (...values: unknown[]) => this.#stream(described, values);
		}
		if (echo && repeats) {
			return (value: unknown) => value;
		}
		return (...values: unknown[]) => this.#unary(described, values);
	}

	async #unary(described: Described, values: unknown[]): Promise<unknown> {
		const call = values.at(-1) as ServedCall;
		let number = 0;
		const answered = new Promise((answer, fail) => {
			number = this.#begin(described, values, {
				response: described.response,
				call,
				answer,
				fail,
				item: () => Promise.reject(new Error("it answers once")),
				end() {},
			});
		});
		try {
			return await answered;
		} finally {
			this.#ends(number);
		}
	}

	async *#stream(
		described: Described,
		values: unknown[],
	): AsyncGenerator<unknown> {
		const call = values.at(-1) as ServedCall;
		const steps: Step[] = [];
		let wake = () => {};
		let over = false;
		const add = (step: Step) => {
			if (!over) {
				steps.push(step);
				wake();
			} else if (typeof step === "object" && "item" in step) {
				step.done(false);
			}
		};
		const number = this.#begin(described, values, {
			response: described.response,
			call,
			answer() {},
			fail: (error) => add({ error }),
			item: (item) => new Promise((done) => add({ item, done })),
			end: () => add("end"),
		});
		try {
			yield* this.#steps(steps, (wakes) => {
				wake = wakes;
			});
		} finally {
			over = true;
			this.#ends(number);
			for (const step of steps.splice(0)) {
				add(step);
			}
		}
	}

	/** The items of the steps, as they come. `sleep` gets what ends the wait for the next. */
	async *#steps(
		steps: Step[],
		sleep: (wake: () => void) => void,
	): AsyncGenerator<unknown> {
		for (;;) {
			const step = steps.shift();
			if (step === undefined) {
				await new Promise<void>(sleep);
			} else if (step === "end") {
				return;
			} else if ("error" in step) {
				throw step.error;
			} else {
				let went = false;
				try {
					yield step.item;
					went = true;
				} finally {
					step.done(went);
				}
			}
		}
	}

	/** A handler is over. */
	#ends(number: number): void {
		this.#over.add(number);
		const [oldest] = this.#over;
		if (this.#over.size > REMEMBERED && oldest !== undefined) {
			this.#over.delete(oldest);
			this.#running.delete(oldest);
		}
	}

	/** Tells that a handler runs, and later that it is cancelled. Returns its number. */
	#begin(
		{ path, arguments: types }: Described,
		values: unknown[],
		running: Running,
	): number {
		const number = ++this.#last;
		this.#running.set(number, running);
		this.#say({
			called: number,
			method: path,
			arguments: types.map((type, index) =>
				this.#values.toJson(type, values[index]),
			),
		});
		const { signal } = running.call;
		signal.addEventListener("abort", () => {
			this.#say({ cancelled: number });
			running.fail(signal.reason);
		});
		return number;
	}
}

/** A status of the contract, whose code is a number. */
export function statusOf(code: number, message: string): StatusError {
	const names = Object.keys(Code) as Code[];
	const low = names.indexOf("DataLoss");
	const index = code <= low ? code : code - 100 + low + 1;
	const known = code <= low || code >= 100 ? names[index] : undefined;
	return new StatusError(known ?? `Code(${code})`, message);
}
