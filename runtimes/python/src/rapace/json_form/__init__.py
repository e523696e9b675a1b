"""Values as JSON and back, in the form that `rapace` gives to values in every language.

Nothing else of the runtime imports this package: programs that use no JSON do not load it. The form:

| type | JSON |
|---|---|
| unit | `null` |
| bool | `true`, `false` |
| u8, u16, u32, i8, i16, i32 | a number |
| u64, usize, u128, i64, isize, i128 | a string with the decimal number: JSON's numbers lose bits in most languages |
| f32, f64 | a number, or one of the strings `"NaN"`, `"Infinity"`, `"-Infinity"`, `"-0"` |
| char, string | a string |
| bytes | a string: base64 with padding |
| option | `null`, or `{"some": …}` |
| list, array, tuple, set | an array |
| map | an array of arrays `[key, value]` |
| struct | an object |
| tuple struct | an array; of one field: the value of that field; without fields: `null` |
| enum | an object with one entry: the name of the variant, and its fields in the form of a struct |
"""

from .codec import JsonCodec

__all__ = ["JsonCodec"]
