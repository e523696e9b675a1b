// Search: names of services, methods and types that contain the words, made into a list when there is something to search.

import { element } from "./code.js";

/** How many results are shown. */
const MOST_RESULTS = 50;

/** All names with their anchors, in the order of the page. */
function searchIndex(data) {
	const entries = data.services.map((name) => [name, name]);
	entries.push(...data.methods.map(({ name }) => [name, name]));
	entries.push(
		...Object.keys(data.types).map((name) => [name, `type.${name}`]),
	);
	entries.push(...data.aliases.map((name) => [name, `alias.${name}`]));
	return entries.map(([name, anchor]) => ({
		name,
		anchor,
		key: name.toLowerCase(),
	}));
}

/** The entries that have all words, those that begin with the first one first. */
function searchFor(index, text) {
	const words = text
		.toLowerCase()
		.split(/[\s:]+/)
		.filter((word) => word !== "");
	const found =
		words.length === 0
			? []
			: index.filter(({ key }) => words.every((word) => key.includes(word)));
	const isFirst = ({ key }) =>
		key.startsWith(words[0]) || key.includes(`.${words[0]}`);
	return [
		...found.filter(isFirst),
		...found.filter((entry) => !isFirst(entry)),
	];
}

/** Makes the field search. */
export function startSearch(data) {
	const field = document.getElementById("search");
	const results = document.getElementById("results");
	const contents = document.getElementById("contents");
	const found = document.getElementById("found");
	let index;
	const show = () => {
		index ??= searchIndex(data());
		const entries = searchFor(index, field.value);
		const isEmpty = field.value.trim() === "";
		results.replaceChildren(
			...entries.slice(0, MOST_RESULTS).map(({ name, anchor }) => {
				const item = element("li", {});
				item.append(element("a", { href: `#${anchor}`, textContent: name }));
				return item;
			}),
		);
		results.hidden = isEmpty || entries.length === 0;
		contents.hidden = !isEmpty;
		found.textContent = isEmpty ? "" : `${entries.length} found`;
	};
	field.addEventListener("input", show);
	document.addEventListener("keydown", (event) => {
		const typing = event.target.matches("input, textarea");
		if (
			event.key === "/" &&
			!typing &&
			!event.ctrlKey &&
			!event.metaKey &&
			!event.altKey
		) {
			event.preventDefault();
			field.focus();
			field.select();
		} else if (
			event.key === "Escape" &&
			field.value !== "" &&
			(event.target === field || !typing)
		) {
			field.value = "";
			show();
			field.focus();
		} else if (event.key === "Enter" && event.target === field) {
			results.querySelector("a")?.click();
		} else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			move(event, field, [...results.querySelectorAll("a")]);
		}
	});
}

/** Moves between the field and the results with the arrow keys. */
function move(event, field, links) {
	const stops = [field, ...links];
	const at = stops.indexOf(event.target);
	if (at >= 0 && links.length > 0) {
		event.preventDefault();
		stops[
			Math.min(
				Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0),
				links.length,
			)
		].focus();
	}
}
