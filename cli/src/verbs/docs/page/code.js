// Code and example values, which are shown when they are opened: as elements they would be most of the page.

/** Shows those of a method. */
function showCode(details, code) {
	for (const [title, text] of code[Number(details.dataset.method)].parts) {
		const block = element("pre", {});
		block.append(element("code", { textContent: text }));
		details.append(element("h4", { textContent: title }), block);
	}
}

function element(name, properties) {
	return Object.assign(document.createElement(name), properties);
}
