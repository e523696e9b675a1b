// Starts the page.

import { showCode } from "./code.js";
import { startSearch } from "./search.js";
import { makeForm } from "./try.js";

/** Makes the button that changes between light and dark. The choice is kept where the browser allows it. */
function startTheme() {
	const key = "rapace-docs-theme";
	const root = document.documentElement;
	const button = document.getElementById("theme");
	const dark = () =>
		(root.dataset.theme ??
			(matchMedia("(prefers-color-scheme: dark)").matches
				? "dark"
				: "light")) === "dark";
	const label = () => {
		button.textContent = dark() ? "Light mode" : "Dark mode";
	};
	const kept = (action) => {
		try {
			return action(localStorage);
		} catch {
			return undefined;
		}
	};
	const theme = kept((storage) => storage.getItem(key));
	if (theme === "dark" || theme === "light") {
		root.dataset.theme = theme;
	}
	button.addEventListener("click", () => {
		root.dataset.theme = dark() ? "light" : "dark";
		kept((storage) => storage.setItem(key, root.dataset.theme));
		label();
	});
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
	label();
	button.hidden = false;
}

/** The function that reads the JSON in an element, once. */
function reader(id) {
	let read;
	return () => {
		read ??= JSON.parse(document.getElementById(id).textContent);
		return read;
	};
}

/** What is made when an element of a class is opened for the first time. */
function whenOpened(openers) {
	const made = new WeakSet();
	document.addEventListener(
		"toggle",
		({ target }) => {
			const open = openers[target.className];
			if (target.open && open !== undefined && !made.has(target)) {
				made.add(target);
				open(target);
			}
		},
		true,
	);
}

function start() {
	const [data, code] = [reader("data"), reader("code")];
	startTheme();
	startSearch(data);
	whenOpened({
		code: (details) => showCode(details, code()),
		try: (details) => makeForm(details, data(), code()),
	});
}

// The tests of the codec run this script without a page.
if (typeof document !== "undefined") {
	start();
}
