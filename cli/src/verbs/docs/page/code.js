// Code and example values, which are shown when they are opened: as elements they would be most of the page.

/** The language that the reader has chosen; at first the first one. */
let chosen;

/** Shows the programs of a method, one language at a time, and its example values. */
export function showCode(details, code) {
	const { calls, values } = code[Number(details.dataset.method)];
	const buttons = element("p", { className: "languages" });
	const programs = calls.map(([title, text]) => {
		const button = element("button", { type: "button", textContent: title });
		button.addEventListener("click", () => choose(title));
		buttons.append(button);
		const program = block(text);
		program.dataset.language = title;
		return program;
	});
	details.append(buttons, ...programs);
	for (const [title, text] of values) {
		details.append(element("h4", { textContent: title }), block(text));
	}
	choose(chosen ?? calls[0][0]);
}

/** Shows the programs of this language, of all methods that are open. */
function choose(title) {
	chosen = title;
	for (const program of document.querySelectorAll("pre[data-language]")) {
		program.hidden = program.dataset.language !== title;
	}
	for (const button of document.querySelectorAll(".languages button")) {
		button.ariaPressed = String(button.textContent === title);
	}
}

function block(text) {
	const block = element("pre", {});
	block.append(element("code", { textContent: text }));
	return block;
}

export function element(name, properties) {
	return Object.assign(document.createElement(name), properties);
}
