import type { CatalogClient, PageOfBook } from "bookshop";
import { useCallback, useEffect, useState } from "react";

import { BookRow } from "./BookRow.js";
import { Problem } from "./Problem.js";
import { names } from "./text.js";
import { useTask } from "./useTask.js";

const BOOKS_PER_PAGE = 4;

/** The shop's books by page. They are asked for anew when the connection is back. */
export function Books({
	catalog,
	connected,
}: {
	catalog: CatalogClient;
	connected: boolean;
}) {
	const [categories, setCategories] = useState<string[]>([]);
	const [category, setCategory] = useState<string>();
	const [offset, setOffset] = useState(0n);
	const [shown, setShown] = useState<{ start: bigint; page: PageOfBook }>();
	const { run, running, error } = useTask();

	const refresh = useCallback(() => {
		run(async (signal) => {
			// Both at once, on one connection.
			const [root, page] = await Promise.all([
				catalog.categories({ signal }),
				catalog.list(category, offset, BOOKS_PER_PAGE, { signal }),
			]);
			setCategories(names(root));
			setShown({ start: offset, page });
		});
	}, [run, catalog, category, offset]);

	useEffect(() => {
		if (connected) {
			refresh();
		}
	}, [connected, refresh]);

	return (
		<section aria-labelledby="books" aria-busy={running}>
			<h2 id="books">Books</h2>
			<label>
				Category{" "}
				<select
					value={category}
					onChange={(event) => {
						setCategory(event.target.value || undefined);
						setOffset(0n);
					}}
				>
					<option value="">any</option>
					{categories.map((name) => (
						<option key={name}>{name}</option>
					))}
				</select>
			</label>
			<Problem error={error} />
			{shown && (
				<>
					<Table
						books={shown.page.items}
						catalog={catalog}
						onDelivered={refresh}
					/>
					<Pages {...shown} onTurn={setOffset} />
				</>
			)}
		</section>
	);
}

function Table({
	books,
	catalog,
	onDelivered,
}: {
	books: PageOfBook["items"];
	catalog: CatalogClient;
	onDelivered: () => void;
}) {
	return (
		<table>
			<thead>
				<tr>
					<th scope="col">Title</th>
					<th scope="col">Price</th>
					<th scope="col">Stock</th>
					<th scope="col" className="delivery">
						Delivery
					</th>
				</tr>
			</thead>
			<tbody>
				{books.map((book) => (
					<BookRow
						key={book.isbn}
						book={book}
						catalog={catalog}
						onDelivered={onDelivered}
					/>
				))}
			</tbody>
		</table>
	);
}

function Pages({
	start,
	page,
	onTurn,
}: {
	start: bigint;
	page: PageOfBook;
	onTurn: (offset: bigint) => void;
}) {
	const { items, total, next } = page;
	const end = start + BigInt(items.length);
	return (
		<nav aria-label="Pages of books">
			<button
				type="button"
				disabled={start === 0n}
				onClick={() => onTurn(start - BigInt(BOOKS_PER_PAGE))}
			>
				Previous
			</button>
			<span>
				{String(start + 1n)} to {String(end)} of {String(total)}
			</span>
			<button
				type="button"
				disabled={next === undefined}
				onClick={() => onTurn(next ?? 0n)}
			>
				Next
			</button>
		</nav>
	);
}
