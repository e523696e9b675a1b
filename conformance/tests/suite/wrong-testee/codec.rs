//! Postcard for integers, bools and lists of `u16`, which can be wrong.

use serde_json::{Value, json};

/// Why bytes are refused, and where.
type Refusal = (usize, String);

/// What is believed of a length before it is checked, by the greedy one.
const GREED: u64 = 1 << 30;
/// What a call allocates in any case, in bytes.
const ALWAYS: u64 = 1000;

#[derive(Clone, Copy)]
pub struct Codec {
    pub defect: &'static str,
}

impl Codec {
    /// The bytes of a value.
    pub fn encode(self, ty: &str, value: &Value) -> Result<Vec<u8>, String> {
        let wrong = || format!("{value} is no {ty}");
        match ty {
            "bool" => Ok(vec![u8::from(value.as_bool().ok_or_else(wrong)?)]),
            "u8" => Ok(vec![
                value
                    .as_u64()
                    .and_then(|value| value.try_into().ok())
                    .ok_or_else(wrong)?,
            ]),
            "i32" => {
                let value = value
                    .as_i64()
                    .and_then(|value| i32::try_from(value).ok())
                    .ok_or_else(wrong)?;
                let zigzag = (value << 1) ^ (value >> 31);
                let bits = if self.defect == "zigzag" { value } else { zigzag };
                Ok(varint(u64::from(bits.cast_unsigned())))
            }
            "list_u16" => {
                let items = value.as_array().ok_or_else(wrong)?;
                let mut bytes = varint(items.len() as u64);
                for item in items {
                    bytes.extend(varint(item.as_u64().ok_or_else(wrong)?));
                }
                Ok(bytes)
            }
            _ => Err(format!("no type {ty}")),
        }
    }

    /// The value of bytes.
    pub fn decode(self, ty: &str, bytes: &[u8]) -> Result<Value, Refusal> {
        let mut at = 0;
        let value = match ty {
            "bool" => match byte(bytes, &mut at)? {
                0 => json!(false),
                1 => json!(true),
                _ if self.defect == "bools" => json!(true),
                tag => return Err((0, format!("{tag} is no bool"))),
            },
            "u8" => json!(byte(bytes, &mut at)?),
            "answer" => json!(read_varint(bytes, &mut at)?),
            "i32" => {
                let bits = u32::try_from(read_varint(bytes, &mut at)?).map_err(|error| (0, error.to_string()))?;
                json!((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed())
            }
            _ => {
                let count = read_varint(bytes, &mut at)?;
                if count > (bytes.len() - at) as u64 {
                    return Err((0, format!("{count} items, but {} bytes are left", bytes.len() - at)));
                }
                let items: Result<Vec<u64>, Refusal> = (0..count).map(|_| read_varint(bytes, &mut at)).collect();
                json!(items?)
            }
        };
        match at == bytes.len() {
            true => Ok(value),
            false => Err((at, "bytes are left".into())),
        }
    }

    /// What decoding these bytes allocates. Nothing really does: the figure is what counts.
    pub fn allocated(self, ty: &str, bytes: &[u8]) -> u64 {
        let count = read_varint(bytes, &mut 0).unwrap_or_default();
        match (self.defect, ty) {
            ("greedy", "list_u16") => ALWAYS + (2 * count).min(GREED),
            _ => ALWAYS,
        }
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn byte(bytes: &[u8], at: &mut usize) -> Result<u8, Refusal> {
    let byte = bytes.get(*at).ok_or((*at, "the bytes end".to_owned()))?;
    *at += 1;
    Ok(*byte)
}

fn read_varint(bytes: &[u8], at: &mut usize) -> Result<u64, Refusal> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = byte(bytes, at)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err((*at, "the varint does not end".into()))
}
