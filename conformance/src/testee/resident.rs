//! How much memory a process has, where the system tells.

use std::fs;

/// Begins to look for the most memory that this process has, in bytes; returns what it has now.
pub fn forget_most(process: u32) -> Option<u64> {
    // Of several things that can be forgotten, this number says the peak of what is resident.
    fs::write(format!("/proc/{process}/clear_refs"), "5").ok()?;
    most(process)
}

/// The most memory that the process had since it was looked for, in bytes.
pub fn most(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_had_for_a_moment_counts_until_it_is_forgotten() {
        const MUCH: u64 = 256 << 20;
        let process = std::process::id();
        let before = forget_most(process).expect("Linux tells");
        drop(vec![1_u8; MUCH as usize]);
        let most_then = most(process).expect("Linux tells");
        assert!(most_then >= before + MUCH / 2, "{before}, then {most_then}");
        let after = forget_most(process).expect("Linux tells");
        assert!(after <= most_then - MUCH / 2, "{most_then}, then {after}");
    }
}
