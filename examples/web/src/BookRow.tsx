import type { Book, CatalogClient } from "bookshop";

import { Problem } from "./Problem.js";
import { availability, money } from "./text.js";
import { useTask } from "./useTask.js";

/** How long a delivery takes, in milliseconds. */
const DELIVERY_MS = 3000;

/** A book, and a slow call: more copies of it are ordered, until they are there or the button stops it. */
export function BookRow({
	book,
	catalog,
	onDelivered,
}: {
	book: Book;
	catalog: CatalogClient;
	onDelivered: () => void;
}) {
	const { run, running, error, cancel } = useTask();
	const [title, subtitle] = book.title.split(" \\ ");

	function restock() {
		run(async (signal) => {
			await catalog.restock(book.isbn, 1, DELIVERY_MS, { signal });
			onDelivered();
		});
	}

	return (
		<tr>
			<th scope="row">
				{title}
				{subtitle && <small>{subtitle}</small>}
				<small>{book.authors.map((author) => author.name).join(", ")}</small>
			</th>
			<td>{money(book.price)}</td>
			<td>{availability(book.availability)}</td>
			<td>
				{running ? (
					<button type="button" onClick={cancel}>
						Cancel
					</button>
				) : (
					<button
						type="button"
						disabled={book.availability.kind === "Preorder"}
						onClick={restock}
					>
						Order
					</button>
				)}
				{running && <small>on its way …</small>}
				<Problem error={error} />
			</td>
		</tr>
	);
}
