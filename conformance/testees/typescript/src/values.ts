import {
	type Form,
	fromJson,
	isRapaceError,
	toJson,
} from "../generated/dist/rapace/index.js";
import type { Api, Fields, TypeDef, TypeRef } from "./api.js";

/** A generated form. */
type AnyForm = object;

/** The generated forms of a method. */
interface MethodForm {
	readonly arguments: readonly AnyForm[];
	readonly answer: AnyForm;
}

/** Those of all methods, by their names on the wire. */
export interface Forms {
	readonly [method: string]: MethodForm;
}

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

/** Turns the JSON form of values into TypeScript's values and back, by the generated forms. */
export class Values {
	private readonly types: Map<string, TypeDef>;
	private readonly forms = new Map<string, AnyForm>();

	constructor(api: Api, methods: Forms) {
		this.types = new Map(api.types.map((def) => [def.name, def]));
		for (const method of api.services.flatMap(({ methods }) => methods)) {
			const { arguments: forms, answer } = methods[
				method.wire_name
			] as MethodForm;
			this.forms.set(JSON.stringify(method.response), answer);
			for (const [i, { type }] of method.arguments.entries()) {
				this.forms.set(JSON.stringify(type), forms[i] as AnyForm);
			}
		}
	}

	/** The value; what has not the form of its type is passed on as what it looks like, for the generated codecs to refuse. */
	fromJson(type: TypeRef, value: unknown): unknown {
		try {
			return fromJson(this.form(type) as Form<unknown>, value);
		} catch (error) {
			if (!isRapaceError(error) || error.kind !== "json") {
				throw error;
			}
			return this.loosely(type, value);
		}
	}

	/** The JSON form of a decoded value. */
	toJson(type: TypeRef, value: unknown): unknown {
		return toJson(this.form(type) as Form<unknown>, value);
	}

	private form(type: TypeRef): AnyForm {
		const form = this.forms.get(JSON.stringify(type));
		if (form === undefined) {
			throw new Error(
				`no method has an argument or answer of the type ${JSON.stringify(type)}`,
			);
		}
		return form;
	}

	/** What a value looks like that has not the form of its type. */
	private loosely(type: TypeRef, value: unknown): unknown {
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
			const inner = this.loosely(type.option, value.some);
			return this.mayBeUndefined(type.option) ? { some: inner } : inner;
		}
		if (!Array.isArray(value)) {
			return value ?? undefined;
		}
		if ("list" in type) {
			return value.map((item) => this.loosely(type.list, item));
		}
		if ("set" in type) {
			const items = value.map((item) => this.loosely(type.set, item));
			return this.isKey(type.set) ? new Set(items) : items;
		}
		if ("map" in type) {
			const { key, value: inside } = type.map;
			const entries = value.map(([k, v]): [unknown, unknown] => [
				this.loosely(key, k),
				this.loosely(inside, v),
			]);
			return this.isKey(key) ? new Map(entries) : entries;
		}
		if ("array" in type) {
			const items = value.map((item) => this.loosely(type.array.item, item));
			return type.array.item === "u8"
				? Uint8Array.from(items as number[])
				: items;
		}
		return value.map((item, index) => {
			const inside = type.tuple[index];
			return inside === undefined ? item : this.loosely(inside, item);
		});
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
				this.loosely(type, (value as Record<string, unknown>)[name]),
			);
			return inOrder(values, kind);
		}
		if (all.length === 1) {
			return this.loosely(only.type, value);
		}
		return this.loosely({ tuple: all.map(({ type }) => type) }, value);
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
