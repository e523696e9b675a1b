/** Values as JSON: the forms that generated code is made of, and what programs need of them. */

export {
	boxed,
	distinct,
	items,
	mapOf,
	nothing,
	oneOf,
	openOneOf,
	option,
	record,
	same,
	setOf,
	tuple,
	typed,
	union,
} from "./json/composed.js";
export { foreign } from "./json/foreign.js";
export {
	type AnyForm,
	type Form,
	fromJson,
	type JsonValue,
	toJson,
} from "./json/form.js";
export {
	date,
	decimal,
	url,
	uuid,
	uuidNumber,
	uuidText,
} from "./json/known.js";
export { type MethodForm, method } from "./json/method.js";
export {
	bool,
	byteArray,
	bytes,
	char,
	f32,
	f64,
	i8,
	i16,
	i32,
	i64,
	i64Number,
	i64String,
	i128,
	i128String,
	text,
	u8,
	u16,
	u32,
	u64,
	u64Number,
	u64String,
	u128,
	u128String,
	unit,
} from "./json/scalars.js";
