//! Who a client is, and what it may call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rapace::ErrorCode;
use rapace_host::{Hello, Host, Identity, Limits, Refused};

use crate::support::RawFrame;
use crate::told::{
    TOLD_METHOD_ID_CALL, TOLD_METHOD_ID_WAIT, Teller, connect, control, hello, open, open_unchecked, request, teller,
};

const DENIED: u32 = ErrorCode::PermissionDenied as u32;

/// Knows `alice`, an admin, and `bob`.
async fn by_token(hello: Hello) -> Result<Identity, Refused> {
    tokio::task::yield_now().await;
    match hello.token() {
        Some("alice") => Ok(Identity::with("alice", "admin")),
        Some("bob") => Ok(Identity::new("bob")),
        Some("panic") => panic!("the store is gone"),
        Some("slow") => std::future::pending().await,
        Some(_) => Err(Refused::new("this token is not known")),
        None => Err(Refused::default()),
    }
}

fn guarded(worker: &Teller) -> Host {
    let limits = Limits {
        authentication: Duration::from_millis(50),
        ..Limits::default()
    };
    teller(worker).with_limits(limits).authenticate(by_token)
}

#[tokio::test]
async fn a_client_is_known_by_its_hello() {
    let host = guarded(&Teller::default());
    for (token, identity) in [("alice", "identity alice admin"), ("bob", "identity bob ")] {
        let mut peer = connect(&host);
        let told = peer.told(1, &[hello(token)]).await;
        assert_eq!(told, Ok(vec![identity.to_owned()]));
        let told = peer.told(3, &[open(3, &[("a", "1")])]).await;
        assert_eq!(told, Ok(vec!["a=[49]".to_owned(), identity.into()]));
    }
}

#[tokio::test]
async fn no_call_of_a_refused_client_reaches_a_handler() {
    let worker = Teller::default();
    let host = guarded(&worker);
    let large = "x".repeat(9000);
    let not = "not authenticated";
    for (first, reason) in [
        (vec![], not),
        (vec![hello("eve")], "this token is not known"),
        (vec![hello("panic")], "authentication failed"),
        (vec![hello("slow")], "authentication failed"),
        (vec![open(0, &[("rapace-hello", "1")])], not),
        // The first one counts, also when it is no hello at all.
        (vec![hello("eve"), hello("alice")], "this token is not known"),
        (vec![open(1, &[("token", "alice")])], not),
        (
            vec![hello(&large)],
            "metadata of the hello takes 9037 bytes; at most 8192 are accepted",
        ),
        (
            vec![open_unchecked(0, &[("token", b"alice"), ("token", b"bob")])],
            r#"metadata "token" of the hello: the key is there twice"#,
        ),
        // A stream, a notification, an unknown method, a tunnel.
        (
            vec![
                RawFrame::new(0, TOLD_METHOD_ID_WAIT, RawFrame::STREAM, &[]),
                RawFrame::new(5, 0, RawFrame::UNARY, b"of a tunnel"),
            ],
            not,
        ),
    ] {
        let mut peer = connect(&host);
        assert_eq!(peer.told(1, &first).await, Err((DENIED, reason.to_owned())));
        let late = peer.told(3, &[hello("alice")]).await;
        assert_eq!(late, Err((DENIED, reason.to_owned())), "a late hello is ignored");
        peer.send(&[RawFrame::new(5, 12345, RawFrame::STREAM, &[])]).await;
        assert_eq!(peer.receive().await.error(), (DENIED, reason.to_owned()));
    }
    assert_eq!(worker.calls(), 0);
}

#[tokio::test]
async fn a_refused_client_that_goes_on_is_not_listened_to() {
    let worker = Teller::default();
    let host = guarded(&worker);
    let mut peer = connect(&host);
    let calls: Vec<RawFrame> = (0..20).map(|n| request(2 * n + 1)).collect();
    peer.send(&calls).await;
    for _ in 0..16 {
        assert_eq!(peer.receive().await.error().0, DENIED);
    }
    assert_eq!(peer.raw.receive().await, None);
    assert_eq!(worker.calls(), 0);
    peer.served.await.expect("no panic");
}

#[tokio::test]
async fn a_refused_client_is_disconnected_after_a_while() {
    let worker = Teller::default();
    for first in [hello("eve"), request(1)] {
        let limits = Limits {
            first_request: Duration::from_millis(100),
            ..Limits::default()
        };
        let host = guarded(&worker).with_limits(limits);
        let mut peer = connect(&host);
        peer.send(&[first, request(3)]).await;
        while let Some(frame) = peer.raw.receive().await {
            assert_eq!(frame.error().0, DENIED);
        }
    }
    assert_eq!(worker.calls(), 0);
}

#[tokio::test]
async fn a_client_is_asked_once_and_others_need_not_wait() {
    let asked = Arc::new(AtomicU32::new(0));
    let counts = asked.clone();
    let host = teller(&Teller::default()).authenticate(move |hello| {
        counts.fetch_add(1, Ordering::SeqCst);
        async move {
            if hello.token() == Some("slow") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok::<_, Refused>(Identity::new(hello.client().unwrap_or("nobody")))
        }
    });
    let (mut slow, mut fast) = (connect(&host), connect(&host));
    let calls = [hello("slow"), hello("again"), request(1), request(3)];
    slow.send(&calls).await;
    assert_eq!(fast.told(1, &[]).await, Ok(vec!["identity nobody ".to_owned()]));
    // In any order.
    let answered = slow.receive().await.channel + slow.receive().await.channel;
    assert_eq!(answered, 1 + 3);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn calls_need_a_permission() {
    let worker = Teller::default();
    let host = guarded(&worker).authorize(|identity, method| {
        let name = identity.map(Identity::name).unwrap_or_default();
        match (name, method) {
            ("alice", _) => Ok(()),
            (_, "Told.call") => Err(Refused::default()),
            (_, "Told.items") => panic!("the rules are gone"),
            _ => Err("ask alice".into()),
        }
    });
    let mut alice = connect(&host);
    alice.told(1, &[hello("alice")]).await.expect("she may");
    let mut bob = connect(&host);
    let text = "Told.call is not allowed for this identity".to_owned();
    assert_eq!(bob.told(1, &[hello("bob")]).await, Err((DENIED, text)));
    for (method, text) in [
        (TOLD_METHOD_ID_WAIT, "ask alice"),
        (crate::told::TOLD_METHOD_ID_ITEMS, "authorization failed"),
    ] {
        // What is no argument is not looked at.
        bob.send(&[RawFrame::new(3, method, RawFrame::STREAM, &[0xff; 100])])
            .await;
        let error = bob.receive().await.error();
        // A method that answers once is refused before: it was called as a stream.
        let expected = match method {
            TOLD_METHOD_ID_WAIT => {
                bob.send(&[RawFrame::new(5, method, RawFrame::UNARY, &[0xff; 100])])
                    .await;
                bob.receive().await.error()
            }
            _ => error,
        };
        assert_eq!(expected, (DENIED, text.to_owned()));
    }
    assert_eq!(worker.calls(), 1);
}

#[tokio::test]
async fn calls_of_one_identity_have_a_limit() {
    let worker = Teller::default();
    let limits = Limits {
        max_calls_per_identity: Some(2),
        ..Limits::default()
    };
    let host = teller(&worker).with_limits(limits).authenticate(by_token);
    let mut connections = [connect(&host), connect(&host)];
    let wait = RawFrame::new(1, TOLD_METHOD_ID_WAIT, RawFrame::UNARY, &[]);
    for alice in &mut connections {
        alice.send(&[hello("alice"), wait.clone()]).await;
    }
    worker.until_waiting(2).await;
    let message = "2 calls of alice run already".to_owned();
    let refused = Err((ErrorCode::ResourceExhausted as u32, message));
    assert_eq!(connections[0].told(3, &[]).await, refused);
    let mut bob = connect(&host);
    bob.told(1, &[hello("bob")]).await.expect("bob has his own");
    connections[1].send(&[RawFrame::cancel(1)]).await;
    connections[1].receive().await;
    connections[0].told(3, &[]).await.expect("there is room again");
}

#[tokio::test]
async fn an_unknown_control_frame_is_no_hello() {
    let host = guarded(&Teller::default());
    let mut peer = connect(&host);
    let strange = [
        control(9, b"what"),
        control(1, &[9]),
        RawFrame::new(0, 1, RawFrame::UNARY, b""),
    ];
    // The last of them has DATA: it is a request, of a method that nobody has.
    peer.send(&strange).await;
    assert_eq!(peer.receive().await.error().0, DENIED);
    let told = RawFrame::new(1, TOLD_METHOD_ID_CALL, RawFrame::UNARY, &[]);
    peer.send(&[told]).await;
    assert_eq!(peer.receive().await.error().0, DENIED);
}
