//! How long to wait before the next attempt.

const FIRST_MILLIS: u64 = 1_000;
const MAX_MILLIS: u64 = 30_000;

/// Exponential backoff with up to 90 % jitter, which spreads the clients of a restarted server.
/// `random` is uniform in 0..1.
pub fn backoff_millis(failures: u32, random: f64) -> u64 {
    let ceiling = FIRST_MILLIS.saturating_mul(1 << failures.min(10)).min(MAX_MILLIS);
    let share = 0.1 + 0.9 * random.clamp(0.0, 1.0);
    (ceiling as f64 * share) as u64
}

#[cfg(test)]
mod tests {
    use super::backoff_millis;

    #[test]
    fn jitter_spreads_a_herd_over_nearly_the_whole_wait() {
        assert_eq!(backoff_millis(3, 0.0), 800);
        assert_eq!(backoff_millis(3, 0.5), 4400);
        assert_eq!(backoff_millis(3, 1.0), 8000);
    }
}
