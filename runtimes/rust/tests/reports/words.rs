//! What clients are told.

use rapace::ErrorCode;
use rapace_host::{Limits, Listener};
use tokio::io::AsyncWriteExt;

use crate::peer::{STREAM, call, connect, frame, receive};
use crate::service::{Running, WORK_METHOD_ID_DOUBLE, WORK_METHOD_ID_FAIL};

#[tokio::test]
async fn a_unary_method_that_is_called_as_a_stream_is_refused() {
    let running = Running::tcp(Limits::default()).await;
    let mut socket = connect(&running.address).await;
    let request = frame(7, WORK_METHOD_ID_DOUBLE, STREAM, &[1]);
    socket.write_all(&request).await.expect("it is open");
    let answer = receive(&mut socket).await.expect("an answer");
    let message = "Work.double answers once; it was called as a stream".to_owned();
    assert_eq!(answer.channel, 7);
    assert_eq!(answer.error(), Some((ErrorCode::InvalidArgument as u32, message)));
    // A notification is none.
    socket
        .write_all(&frame(0, WORK_METHOD_ID_DOUBLE, STREAM, &[1]))
        .await
        .expect("it is open");
    assert_eq!(call(&mut socket, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);
}

#[tokio::test]
async fn what_a_handler_panics_with_is_not_for_clients() {
    for (panic_texts, message) in [
        (false, "the handler panicked"),
        (true, "panic in dispatcher: the password is swordfish"),
    ] {
        let running = Running::tcp(Limits {
            panic_texts,
            ..Limits::default()
        })
        .await;
        let mut socket = connect(&running.address).await;
        let error = call(&mut socket, WORK_METHOD_ID_FAIL, &[]).await.error();
        assert_eq!(error, Some((ErrorCode::Internal as u32, message.to_owned())));
    }
}

#[tokio::test]
async fn a_unix_socket_is_for_those_it_is_meant_for() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("host.sock");
    let mode = || std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
    let files = || std::fs::read_dir(folder.path()).expect("a folder").count();
    for wanted in [0o600, 0o660, 0o666] {
        // The one from before is gone, or stale.
        let listener = Listener::bind_unix(&path, wanted).await.expect("it is free");
        assert_eq!((mode(), files()), (wanted, 1));
        let error = Listener::bind_unix(&path, 0o600).await.expect_err("it is live");
        assert_eq!((error.kind(), mode()), (std::io::ErrorKind::AddrInUse, wanted));
        let running = Running::at(listener, Limits::default());
        let mut socket = tokio::net::UnixStream::connect(&path).await.expect("it listens");
        socket
            .write_all(&frame(1, WORK_METHOD_ID_DOUBLE, 5, &[1]))
            .await
            .expect("it is open");
        let mut answer = [0; 69];
        tokio::io::AsyncReadExt::read_exact(&mut socket, &mut answer)
            .await
            .expect("an answer");
        assert_eq!(answer[68], 2);
        drop(socket);
        running.stop().await.expect("the host ends");
        assert_eq!(files(), 0);
    }
}
