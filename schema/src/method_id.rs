//! The number by which the wire names a method.

/// The id of the method whose wire name is `Trait.method`, as every frame of a request carries it.
///
/// FNV-1a with 64 bits over the bytes of the name, the upper half folded into the lower one. Neither the module
/// nor the signature takes part. Source: `compute_method_id` in rapace-macros and rapace-registry 0.5.0.
pub fn method_id(wire_name: &str) -> u32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = wire_name
        .bytes()
        .fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    ((hash >> 32) ^ hash) as u32
}

#[cfg(test)]
mod tests {
    use super::method_id;

    #[test]
    fn known_ids() {
        // FNV-1a 64 of "" is its offset basis, of "a" 0xaf63dc4c8601ec8c (the reference vectors of the hash).
        assert_eq!(method_id(""), 0xcbf2_9ce4 ^ 0x8422_2325);
        assert_eq!(method_id("a"), 0xaf63_dc4c ^ 0x8601_ec8c);
        assert_ne!(method_id("Catalog.find"), method_id("Catalog.r#find"));
    }
}
