//! Accepting that survives errors.

use std::io;
use std::time::Duration;

/// How long accepting rests after an error that would come again at once, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts the next connection, however often it takes.
///
/// An error of one connection is passed over. Any other (EMFILE, ENFILE, ENOBUFS, ENOMEM) leaves the connection in the
/// queue, where accepting would find it again at once, so that a pause keeps the loop from spinning.
pub(crate) async fn accept<T, F>(mut next: impl FnMut() -> F) -> T
where
    F: Future<Output = io::Result<T>>,
{
    loop {
        match next().await {
            Ok(connection) => return connection,
            Err(error) if is_of_one_connection(&error) => {
                tracing::debug!(%error, "a connection ended before it was accepted");
            }
            Err(error) => {
                tracing::error!(%error, pause = ?ACCEPT_PAUSE, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::NotConnected
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    const EMFILE: i32 = 24;

    async fn accept_after(mut errors: Vec<io::Error>) -> Duration {
        let start = Instant::now();
        accept(|| std::future::ready(errors.pop().map_or(Ok(()), Err))).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn rests_while_files_are_short() {
        let errors = [EMFILE; 3].map(io::Error::from_raw_os_error).into();
        assert_eq!(accept_after(errors).await, 3 * ACCEPT_PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn passes_over_a_connection_that_is_gone() {
        let errors = vec![io::ErrorKind::ConnectionAborted.into()];
        assert_eq!(accept_after(errors).await, Duration::ZERO);
    }
}
