/** How values of the shop are put into words. */

import type { Availability, Category, Money, Place } from "bookshop";

export function availability(availability: Availability): string {
	switch (availability.kind) {
		case "SoldOut":
			return "sold out";
		case "InStock":
			return `${availability.value} in stock`;
		case "Preorder":
			return `out in ${availability.shipsInDays} days`;
	}
}

export function place(place: Place): string {
	switch (place.kind) {
		case "Title":
			return "in the title";
		case "Author":
			return `by ${place.value}`;
		case "Tag":
			return `tagged ${place.name}`;
	}
}

export function money({ minor, currency }: Money): string {
	const format = new Intl.NumberFormat("en", { style: "currency", currency });
	const { maximumFractionDigits: digits = 0 } = format.resolvedOptions();
	return format.format(Number(minor) / 10 ** digits);
}

/** The names of a category and of all below it. */
export function names({ name, children }: Category): string[] {
	return [name, ...children.flatMap(names)];
}
