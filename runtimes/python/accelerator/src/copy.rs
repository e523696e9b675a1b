//! Copying a few bytes.

/// Copies data that is mostly a few bytes, for which a call of `memcpy` would take longer than the copying.
///
/// # Safety
/// There is room for the data at `target`, which does not overlap it.
#[inline(always)]
pub unsafe fn copy_short(data: &[u8], target: *mut u8) {
    let (source, len) = (data.as_ptr(), data.len());
    // SAFETY: each branch copies within the first and last bytes of the data.
    unsafe {
        match len {
            0 => {}
            1..4 => {
                *target = *source;
                *target.add(len / 2) = *source.add(len / 2);
                *target.add(len - 1) = *source.add(len - 1);
            }
            4..8 => {
                let (first, last) = (source.cast::<u32>(), source.add(len - 4).cast::<u32>());
                let (first, last) = (first.read_unaligned(), last.read_unaligned());
                target.cast::<u32>().write_unaligned(first);
                target.add(len - 4).cast::<u32>().write_unaligned(last);
            }
            8..=16 => {
                let (first, last) = (source.cast::<u64>(), source.add(len - 8).cast::<u64>());
                let (first, last) = (first.read_unaligned(), last.read_unaligned());
                target.cast::<u64>().write_unaligned(first);
                target.add(len - 8).cast::<u64>().write_unaligned(last);
            }
            17..=32 => {
                let (first, last) = (source.cast::<u128>(), source.add(len - 16).cast::<u128>());
                let (first, last) = (first.read_unaligned(), last.read_unaligned());
                target.cast::<u128>().write_unaligned(first);
                target.add(len - 16).cast::<u128>().write_unaligned(last);
            }
            _ => std::ptr::copy_nonoverlapping(source, target, len),
        }
    }
}
