import type { Api, Fields, TypeDef, TypeRef } from "./api.js";

const LARGE = new Set<unknown>([
	"u64",
	"usize",
	"u128",
	"i64",
	"isize",
	"i128",
]);
const FLOATS = new Map<unknown, number>([
	["NaN", Number.NaN],
	["Infinity", Number.POSITIVE_INFINITY],
	["-Infinity", Number.NEGATIVE_INFINITY],
	["-0", -0],
]);

/** Turns the JSON form of values into TypeScript's values and back, as `api.json` describes their types. */
export class Values {
	private readonly types: Map<string, TypeDef>;

	constructor(api: Api) {
		this.types = new Map(api.types.map((def) => [def.name, def]));
	}

	/** The value; what has not the form of its type is passed on as it is, for the generated code to refuse. */
	fromJson(type: TypeRef, value: unknown): unknown {
		if (typeof type === "string") {
			return scalarFromJson(type, value);
		}
		if ("named" in type) {
			return this.namedFromJson(this.definition(type.named), value);
		}
		if ("option" in type) {
			if (value === null) {
				return undefined;
			}
			if (typeof value !== "object" || !("some" in value)) {
				return value;
			}
			const inner = this.fromJson(type.option, value.some);
			return this.mayBeUndefined(type.option) ? { some: inner } : inner;
		}
		if (!Array.isArray(value)) {
			return value ?? undefined;
		}
		if ("list" in type) {
			return value.map((item) => this.fromJson(type.list, item));
		}
		if ("set" in type) {
			const items = value.map((item) => this.fromJson(type.set, item));
			return this.isKey(type.set) ? new Set(items) : items;
		}
		if ("map" in type) {
			const { key, value: inside } = type.map;
			const entries = value.map(([k, v]): [unknown, unknown] => [
				this.fromJson(key, k),
				this.fromJson(inside, v),
			]);
			return this.isKey(key) ? new Map(entries) : entries;
		}
		if ("array" in type) {
			const items = value.map((item) => this.fromJson(type.array.item, item));
			return type.array.item === "u8"
				? Uint8Array.from(items as number[])
				: items;
		}
		return value.map((item, index) => {
			const inside = type.tuple[index];
			return inside === undefined ? item : this.fromJson(inside, item);
		});
	}

	/** The JSON form of a decoded value. */
	toJson(type: TypeRef, value: unknown): unknown {
		if (typeof type === "string") {
			return scalarToJson(type, value);
		}
		if ("named" in type) {
			return this.namedToJson(this.definition(type.named), value);
		}
		if ("option" in type) {
			if (value === undefined) {
				return null;
			}
			const wrapped = this.mayBeUndefined(type.option);
			const inner = wrapped ? (value as { some: unknown }).some : value;
			return { some: this.toJson(type.option, inner) };
		}
		if ("map" in type) {
			const { key, value: inside } = type.map;
			return [...(value as Iterable<[unknown, unknown]>)].map(([k, v]) => [
				this.toJson(key, k),
				this.toJson(inside, v),
			]);
		}
		const items = [...(value as Iterable<unknown>)];
		if ("tuple" in type) {
			return type.tuple.map((inside, index) =>
				this.toJson(inside, items[index]),
			);
		}
		const item =
			"list" in type ? type.list : "set" in type ? type.set : type.array.item;
		return items.map((each) => this.toJson(item, each));
	}

	private namedFromJson(def: TypeDef, value: unknown): unknown {
		if (def.kind === "struct") {
			return this.fieldsFromJson(def, value);
		}
		const entry = onlyEntry(value);
		if (entry === undefined) {
			return value;
		}
		const [name, inside] = entry;
		if (isPlain(def)) {
			return name;
		}
		const variant = def.variants.find((each) => each.name === name);
		if (variant?.fields === undefined) {
			return { kind: name };
		}
		const fields = this.fieldsFromJson(variant, inside, name);
		return variant.style === "struct" ? fields : { kind: name, value: fields };
	}

	/** The fields of a struct, or of a variant of this kind. */
	private fieldsFromJson(
		fields: Fields,
		value: unknown,
		kind?: string,
	): unknown {
		const all = fields.fields ?? [];
		const [only] = all;
		if (only === undefined) {
			return undefined;
		}
		if (fields.style === "struct") {
			if (typeof value !== "object" || value === null) {
				return kind === undefined ? value : { kind };
			}
			const values = all.map(({ name, type }) =>
				this.fromJson(type, (value as Record<string, unknown>)[name]),
			);
			return inOrder(values, kind);
		}
		if (all.length === 1) {
			return this.fromJson(only.type, value);
		}
		return this.fromJson({ tuple: all.map(({ type }) => type) }, value);
	}

	private namedToJson(def: TypeDef, value: unknown): unknown {
		if (def.kind === "struct") {
			return this.fieldsToJson(def, value);
		}
		if (isPlain(def)) {
			return { [value as string]: null };
		}
		const { kind, ...rest } = value as { kind: string; value?: unknown };
		const variant = def.variants.find((each) => each.name === kind);
		if (variant?.fields === undefined) {
			return { [kind]: null };
		}
		const inside = variant.style === "struct" ? rest : rest.value;
		return { [kind]: this.fieldsToJson(variant, inside) };
	}

	private fieldsToJson(fields: Fields, value: unknown): unknown {
		const all = fields.fields ?? [];
		const [only] = all;
		if (only === undefined) {
			return fields.style === "struct" ? {} : null;
		}
		if (fields.style === "struct") {
			const values = Object.values(value as object) as unknown[];
			const entries = all.map(({ name, type }, index) => [
				name,
				this.toJson(type, values[index]),
			]);
			return Object.fromEntries(entries);
		}
		if (all.length === 1) {
			return this.toJson(only.type, value);
		}
		return this.toJson({ tuple: all.map(({ type }) => type) }, value);
	}

	/** Whether `undefined` is a value of the type, so that an option of it needs a wrapper. */
	private mayBeUndefined(type: TypeRef): boolean {
		if (typeof type === "string") {
			return type === "unit";
		}
		if ("named" in type) {
			const def = this.definition(type.named);
			const [only, second] = def.kind === "struct" ? (def.fields ?? []) : [];
			if (def.kind !== "struct" || second !== undefined) {
				return false;
			}
			return (
				only === undefined ||
				(def.style === "tuple" && this.mayBeUndefined(only.type))
			);
		}
		return "option" in type;
	}

	/** Whether `===` finds a value of the type again, so that it can be a key of a `Map` or an item of a `Set`. */
	private isKey(type: TypeRef): boolean {
		if (typeof type === "string") {
			return type !== "bytes";
		}
		if ("option" in type) {
			return !this.mayBeUndefined(type.option) && this.isKey(type.option);
		}
		if (!("named" in type)) {
			return false;
		}
		const def = this.definition(type.named);
		if (def.kind === "enum") {
			return isPlain(def);
		}
		const [only, second] = def.fields ?? [];
		if (only === undefined) {
			return true;
		}
		return (
			def.style === "tuple" && second === undefined && this.isKey(only.type)
		);
	}

	private definition(name: string): TypeDef {
		const def = this.types.get(name);
		if (def === undefined) {
			throw new Error(`no type ${name}`);
		}
		return def;
	}
}

/**
 * An object with these values, and of this kind: whichever property is asked for next has the next one. So nobody needs to
 * know what has become of a field's name, for generated code takes fields in their order.
 */
function inOrder(values: unknown[], kind: string | undefined): object {
	const known = new Map<string | symbol, unknown>();
	if (kind !== undefined) {
		known.set("kind", kind);
	}
	const left = values.values();
	return new Proxy(
		{},
		{
			get(_, name) {
				// A promise asks whether its value is one too. No field has this name.
				if (name === "then") {
					return undefined;
				}
				if (typeof name === "string" && !known.has(name)) {
					known.set(name, left.next().value);
				}
				return known.get(name);
			},
		},
	);
}

function scalarFromJson(type: string, value: unknown): unknown {
	if (value === null) {
		return undefined;
	}
	if (LARGE.has(type) && typeof value === "string" && /^-?\d+$/.test(value)) {
		return BigInt(value);
	}
	if (type === "bytes" && typeof value === "string") {
		return new Uint8Array(Buffer.from(value, "base64"));
	}
	const float = type === "f32" || type === "f64";
	return float ? (FLOATS.get(value) ?? value) : value;
}

function scalarToJson(type: string, value: unknown): unknown {
	if (value === undefined) {
		return null;
	}
	if (LARGE.has(type)) {
		return String(value);
	}
	if (type === "bytes") {
		return Buffer.from(value as Uint8Array).toString("base64");
	}
	if (typeof value === "number" && !Number.isFinite(value)) {
		return String(value);
	}
	return Object.is(value, -0) ? "-0" : value;
}

function isPlain(def: TypeDef & { kind: "enum" }): boolean {
	return def.variants.every((variant) => variant.fields === undefined);
}

function onlyEntry(value: unknown): [string, unknown] | undefined {
	if (typeof value !== "object" || value === null) {
		return undefined;
	}
	const [entry, second] = Object.entries(value);
	return second === undefined ? entry : undefined;
}
