/** The JSON forms of what is made of other values. Forms inside are functions, so that types may contain themselves. */

import {
	type AnyForm,
	arrayOf,
	entryOf,
	type Form,
	type JsonValue,
	objectOf,
	type Place,
} from "./form.js";
import { u32 } from "./scalars.js";

/** A field of a struct: its property, its name in JSON, its form. */
export type Member = readonly [property: string, name: string, form: AnyForm];

/** The form of another type, which it is asked for when it is first used. */
export function same<Value>(form: () => AnyForm): Form<Value> {
	return {
		to: (value, place) => form().to(value as never, place),
		from: (data, place) => form().from(data, place) as Value,
	};
}

/** A newtype that contains itself is the property `value` of an object, and in JSON what is inside. */
export function boxed<Value>(form: () => AnyForm): Form<Value> {
	return {
		to: (value, place) => form().to((value as { value: never }).value, place),
		from: (data, place) => ({ value: form().from(data, place) }) as Value,
	};
}

/** A struct with named fields, of which there are none, is an object. */
export const nothing: Form<undefined> = {
	to: () => ({}),
	from: (data, place) => {
		fieldsFromJson([], data, place, {});
		return undefined;
	},
};

/** `undefined` is `null`, and a value `{ "some": … }`. With `wrapped` the value is the property `some` of an object. */
export function option<Value>(inner: AnyForm, wrapped: boolean): Form<Value> {
	return {
		to(value, place: Place) {
			if (value === undefined) {
				return null;
			}
			const content = wrapped ? (value as { some: unknown }).some : value;
			return { some: inner.to(content as never, place) };
		},
		from(data, place: Place) {
			if (data === null) {
				return undefined as Value;
			}
			const [name, content] = Object.entries(objectOf(data, place))[0] ?? [];
			if (name !== "some" || Object.keys(data as object).length > 1) {
				place.fail('expected null or { "some": … }');
			}
			const value = inner.from(content, place);
			return (wrapped ? { some: value } : value) as Value;
		},
	};
}

/** A list, a set or an array of `length` is an array. `make` makes the value of its items. */
export function items<Value>(
	item: AnyForm,
	make: (items: unknown[]) => unknown = (items) => items,
	length?: number,
): Form<Value> {
	const check = (count: number, place: Place) => {
		if (length !== undefined && count !== length) {
			place.fail(`expected ${length} items, got ${count}`);
		}
	};
	return {
		to(value, place: Place) {
			if (typeof (value as Iterable<never>)?.[Symbol.iterator] !== "function") {
				place.wrong("a collection", value);
			}
			const all = [...(value as Iterable<never>)];
			check(all.length, place);
			return all.map((each, i) => item.to(each, place.in(i)));
		},
		from(data, place: Place) {
			const all = arrayOf(data, place);
			check(all.length, place);
			return make(all.map((each, i) => item.from(each, place.in(i)))) as Value;
		},
	};
}

/** The items of a set whose items are keys. */
export function setOf(items: unknown[]): Set<unknown> {
	return new Set(items);
}

/** The entries of a map whose keys are keys. */
export function mapOf(entries: unknown[]): Map<unknown, unknown> {
	return new Map(entries as [unknown, unknown][]);
}

/** The items of a typed array of this class. */
export function typed(kind: {
	from(items: never): unknown;
}): (items: unknown[]) => unknown {
	return (items) => kind.from(items as never);
}

/** Items without those that repeat an earlier one, which are equal when their JSON is. */
export function distinct(form: AnyForm): Form<unknown[]> {
	return {
		to: (value, place) => form.to(value as never, place),
		from(data, place: Place) {
			const seen = new Map<string, unknown>();
			const all = form.from(data, place) as unknown[];
			for (const [i, each] of arrayOf(data, place).entries()) {
				seen.set(JSON.stringify(each), all[i]);
			}
			return [...seen.values()];
		},
	};
}

/** A tuple is an array. */
export function tuple<Value>(...forms: AnyForm[]): Form<Value> {
	const check = (values: unknown, place: Place) => {
		const all = arrayOf(values, place);
		if (all.length !== forms.length) {
			place.fail(`expected ${forms.length} items, got ${all.length}`);
		}
		return all;
	};
	return {
		to: (value, place) =>
			check(value, place).map(
				(each, i) => forms[i]?.to(each as never, place.in(i)) ?? null,
			),
		from: (data, place) =>
			check(data, place).map((each, i) =>
				forms[i]?.from(each, place.in(i)),
			) as Value,
	};
}

/** A struct is an object. */
export function record<Value>(members: () => readonly Member[]): Form<Value> {
	return {
		to: (value, place) => fieldsToJson(members(), value, place),
		from: (data, place) => fieldsFromJson(members(), data, place, {}) as Value,
	};
}

/** An enum without data is an object with one entry, whose content is `null`. */
export function oneOf<Name extends string>(names: readonly Name[]): Form<Name> {
	const check = (name: unknown, place: Place): Name => {
		if (!names.includes(name as Name)) {
			place.fail(`${JSON.stringify(name)} is none of ${names.join(", ")}`);
		}
		return name as Name;
	};
	return {
		to: (value, place) => ({ [check(value, place)]: null }),
		from(data, place: Place) {
			const [name, content] = entryOf(data, place);
			check(name, place);
			if (content !== null) {
				place.wrong("null", content);
			}
			return name as Name;
		},
	};
}

/** An open enum is as {@link oneOf} has it, or the number of a variant that has no name. */
export function openOneOf<Value extends string | number>(
	names: readonly Value[],
): Form<Value> {
	const known = oneOf(names as readonly string[]) as Form<string | number>;
	const unknown = (value: number, place: Place): number => {
		const index = u32.from(value, place);
		if (index < names.length) {
			place.fail(`${index} is ${JSON.stringify(names[index])}: write its name`);
		}
		return index;
	};
	return {
		to: (value, place) =>
			typeof value === "number"
				? unknown(value, place)
				: known.to(value, place),
		from: (data, place) =>
			(typeof data === "number"
				? unknown(data, place)
				: known.from(data, place)) as Value,
	};
}

/** What is in a variant: nothing, the property `value`, or fields. */
export type Content = null | AnyForm | readonly Member[];

/** An enum with data is an object with one entry: the variant's name, and what is in it. */
export function union<Value>(
	name: string,
	variants: () => readonly (readonly [kind: string, content: Content])[],
): Form<Value> {
	const contentOf = (kind: unknown, place: Place): Content => {
		const known = variants();
		const found = known.find(([variant]) => variant === kind);
		if (found === undefined) {
			const names = known.map(([variant]) => variant).join(", ");
			place.fail(`${JSON.stringify(kind)} is no variant of ${name}: ${names}`);
		}
		return found[1];
	};
	return {
		to(value, place: Place) {
			const { kind, value: inner } = objectOf(value, place);
			const content = contentOf(kind, place);
			return Object.fromEntries([
				[kind, contentToJson(content, value, inner, place)],
			]);
		},
		from(data, place: Place) {
			const [kind, inner] = entryOf(data, place);
			const content = contentOf(kind, place);
			const inside = place.in(kind);
			if (content === null) {
				return (
					inner === null ? { kind } : inside.wrong("null", inner)
				) as Value;
			}
			return (
				"from" in content
					? { kind, value: content.from(inner, inside) }
					: fieldsFromJson(content, inner, inside, { kind })
			) as Value;
		},
	};
}

function contentToJson(
	content: Content,
	variant: unknown,
	value: unknown,
	place: Place,
): JsonValue {
	if (content === null) {
		return null;
	}
	return "to" in content
		? content.to(value as never, place.in("value"))
		: fieldsToJson(content, variant, place);
}

function fieldsToJson(
	members: readonly Member[],
	value: unknown,
	place: Place,
): JsonValue {
	const values = objectOf(value, place);
	return Object.fromEntries(
		members.map(([property, name, form]) => [
			name,
			form.to(values[property] as never, place.in(property)),
		]),
	);
}

function fieldsFromJson(
	members: readonly Member[],
	data: unknown,
	place: Place,
	value: Record<string, unknown>,
): unknown {
	const given = objectOf(data, place);
	for (const [property, name, form] of members) {
		if (!Object.hasOwn(given, name)) {
			place.fail(`the field ${JSON.stringify(name)} is missing`);
		}
		value[property] = form.from(given[name], place.in(name));
	}
	for (const name of Object.keys(given)) {
		if (!members.some(([, known]) => known === name)) {
			place.fail(`there is no field ${JSON.stringify(name)}`);
		}
	}
	return value;
}
