// "Try it": a form per method, made when it is opened, and the calls that it makes.

import { element } from "./code.js";
import { decodeAnswer } from "./reader.js";
import { Session } from "./session.js";
import { encodeRequest } from "./writer.js";

const DEFAULT_ADDRESS = "ws://127.0.0.1:9000";
/** How long a call waits for its one answer, in milliseconds. */
const ANSWER_MS = 30_000;
/** How many items are shown: a page that holds more gets slow. */
const MOST_ITEMS = 1000;

/** The sessions that were opened, by address: forms share them. */
const sessions = new Map();

/** A session with the server at an address. `codes` are the names of codes. */
function sessionAt(address, codes) {
	if (!/^wss?:\/\/[^/?#@\s]+(?:[/?][^#\s]*)?$/.test(address)) {
		throw new Error(
			`${JSON.stringify(address)} is not ws://host[:port][/path] or wss://host[:port][/path]`,
		);
	}
	const before = sessions.get(address);
	if (before !== undefined && before.socket.readyState <= WebSocket.OPEN) {
		return before.session;
	}
	const socket = new WebSocket(address);
	const session = new Promise((resolve, reject) => {
		socket.onopen = () => resolve(new Session(socket, codes));
		socket.onclose = ({ code }) =>
			reject(new Error(`there is no connection to ${address} (code ${code})`));
	});
	sessions.set(address, { socket, session });
	return session;
}

/** Makes the form of a method. */
export function makeForm(details, data, code) {
	const index = Number(details.dataset.method);
	const method = data.methods[index];
	const form = element("form", {});
	const field = (name, label, control) => {
		control.id = `try-${index}-${name}`;
		form.append(
			element("label", { htmlFor: control.id, textContent: label }),
			control,
		);
		return control;
	};
	const address = field(
		"address",
		"Address of the server",
		element("input", { value: DEFAULT_ADDRESS }),
	);
	const values = JSON.parse(code[index].arguments || "{}");
	const controls = method.arguments.map(([name]) => {
		const text = Object.hasOwn(values, name)
			? JSON.stringify(values[name], null, 2)
			: "";
		const rows = Math.min(12, text.split("\n").length);
		return [
			name,
			field(
				`argument-${name}`,
				`${name} (JSON)`,
				element("textarea", { value: text, rows, spellcheck: false }),
			),
		];
	});
	const call = element("button", { textContent: "Call" });
	const cancel = element("button", {
		type: "button",
		textContent: "Cancel",
		disabled: true,
	});
	const status = element("p", { role: "status" });
	const output = element("pre", {
		className: "output",
		tabIndex: 0,
		ariaLabel: `Answer of ${method.name}`,
	});
	output.setAttribute("role", "region");
	const buttons = element("p", {});
	buttons.append(call, " ", cancel);
	form.append(buttons, status, output);
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		void run({
			method,
			data,
			address: address.value,
			controls,
			call,
			cancel,
			status,
			output,
		});
	});
	details.append(form);
}

/** Makes one call and shows what comes of it. */
async function run({
	method,
	data: { types, codes },
	address,
	controls,
	call,
	cancel,
	status,
	output,
}) {
	output.textContent = "";
	status.textContent = "Connecting…";
	call.disabled = true;
	let timer;
	const over = (words) => {
		clearTimeout(timer);
		status.textContent = words;
		call.disabled = false;
		cancel.disabled = true;
	};
	try {
		const payload = encodeRequest(types, method, valuesOf(controls));
		const session = await sessionAt(address, codes);
		let items = 0;
		const stop = session.call(method.id, payload, {
			stream: method.stream,
			item: (bytes) => {
				try {
					const text = JSON.stringify(
						decodeAnswer(types, method, bytes),
						null,
						method.stream ? 0 : 2,
					);
					output.append(`${text}\n`);
				} catch (error) {
					stop();
					over(`Failed: the answer cannot be read: ${error.message}`);
					return;
				}
				items++;
				if (method.stream) {
					status.textContent = `${items} items`;
				}
				if (items === MOST_ITEMS) {
					stop();
					over(`Stopped after ${MOST_ITEMS} items`);
				}
			},
			end: () => {
				if (!cancel.disabled) {
					over(method.stream ? `Done: ${items} items` : "Done");
				}
			},
			fail: (why) => over(`Failed: ${why}`),
		});
		status.textContent = "Waiting…";
		cancel.disabled = false;
		cancel.onclick = () => {
			stop();
			over(method.stream ? `Cancelled after ${items} items` : "Cancelled");
		};
		if (!method.stream) {
			timer = setTimeout(() => {
				stop();
				over(`Failed: no answer within ${ANSWER_MS / 1000} seconds`);
			}, ANSWER_MS);
		}
	} catch (error) {
		over(`Failed: ${error.message}`);
	}
}

/** The arguments as JSON values. What is wrong is named with its argument. */
function valuesOf(controls) {
	const values = Object.create(null);
	for (const [name, control] of controls) {
		try {
			values[name] = JSON.parse(control.value);
		} catch (error) {
			throw new Error(`${name}: ${error.message}`);
		}
	}
	return values;
}
