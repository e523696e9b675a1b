//! Types that do not travel, or only one way.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;

use facet::Facet;
use rapace::facet_postcard::{from_slice, to_vec};

use crate::harness::{as_argument, as_response, carried, errors, one_way, only_read, refused};

/// Compares with the snapshot of this name: the message is what a newcomer acts upon.
fn message(name: &str, message: String) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, message.trim_end());
    });
}

#[test]
fn what_is_only_written() {
    message("one_way_boxed_slice", one_way::<Box<[u32]>>(&[Box::new([1, 2])]));
    message(
        "one_way_cow_bytes",
        one_way::<Cow<'static, [u8]>>(&[Cow::Owned(vec![1, 2])]),
    );
    message(
        "one_way_bytes",
        one_way::<bytes::Bytes>(&[bytes::Bytes::from_static(b"ab")]),
    );
    message(
        "one_way_bytes_mut",
        one_way::<bytes::BytesMut>(&[bytes::BytesMut::from(&b"ab"[..])]),
    );
    message("one_way_long_array", one_way::<[u8; 64]>(&[[7; 64]]));
    message("one_way_str", one_way::<&'static str>(&["ab"]));
}

/// The variable under which a test runs itself again, to see that the process ends.
const CHILD: &str = "RAPACE_TEST_READS_A_SHARED_SLICE";

#[test]
fn shared_slices_end_the_process_that_reads_them() {
    if std::env::var_os(CHILD).is_some() {
        let bytes = to_vec::<Arc<[u32]>>(&Arc::from([1, 2])).unwrap();
        // Whatever it returns, if it does: the process must not live to say so.
        let _ = from_slice::<Arc<[u32]>>(&bytes);
        let _ = from_slice::<Rc<[u32]>>(&bytes);
        std::process::exit(0);
    }
    let name = "refused::shared_slices_end_the_process_that_reads_them";
    let child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact"])
        .env(CHILD, "1")
        .output();
    assert!(!child.unwrap().status.success(), "facet-postcard reads shared slices");
    assert!(as_response::<Arc<[u32]>>().is_ok() && as_response::<Rc<[u32]>>().is_ok());
    message("shared_slice", errors(as_argument::<Arc<[u32]>>()));
    message("shared_slice_rc", errors(as_argument::<Rc<[u32]>>()));
}

#[derive(Facet, Default)]
struct SkipSerializing {
    #[facet(skip_serializing)]
    a: u8,
    b: u16,
}

fn is_zero(value: &u8) -> bool {
    *value == 0
}

#[derive(Facet, Default)]
struct SkipSerializingIf {
    #[facet(skip_serializing_if = is_zero)]
    a: u8,
    b: u16,
}

#[derive(Facet, Default)]
#[facet(skip_all_unless_truthy)]
struct SkipUnlessTruthy {
    a: u8,
    b: u16,
}

#[derive(Facet, Default)]
struct SkipDeserializing {
    #[facet(skip_deserializing)]
    a: u8,
    b: u16,
}

#[test]
fn what_is_skipped_on_one_side() {
    message("skip_serializing", only_read(&[SkipSerializing { a: 1, b: 2 }]));
    message("skip_serializing_if", only_read(&[SkipSerializingIf { a: 0, b: 2 }]));
    message("skip_all_unless_truthy", only_read(&[SkipUnlessTruthy { a: 0, b: 2 }]));
    // Written whole, read with the fields shifted: two bytes become another value without any error.
    let bytes = to_vec(&SkipDeserializing { a: 1, b: 2 }).unwrap();
    assert_eq!(bytes, [1, 2]);
    assert_eq!(from_slice::<SkipDeserializing>(&bytes).unwrap().b, 1);
    assert!(as_response::<SkipDeserializing>().is_ok());
    message("skip_deserializing", errors(as_argument::<SkipDeserializing>()));
}

#[derive(Facet)]
#[repr(u8)]
#[allow(dead_code)]
enum SkipInVariant {
    A {
        #[facet(skip)]
        a: u8,
        b: u16,
    },
}

#[derive(Facet)]
#[repr(u8)]
#[allow(dead_code)]
enum SkipSerializingInVariant {
    A {
        #[facet(skip_serializing)]
        a: u8,
        b: u16,
    },
}

#[test]
fn what_is_skipped_in_a_variant() {
    message("skip_in_variant", refused(SkipInVariant::A { a: 1, b: 2 }));
    message(
        "skip_serializing_in_variant",
        refused(SkipSerializingInVariant::A { a: 1, b: 2 }),
    );
}

#[derive(Facet)]
struct Flat {
    a: u8,
}

#[derive(Facet)]
struct FlattenOption {
    #[facet(flatten)]
    flat: Option<Flat>,
    b: u8,
}

#[derive(Facet)]
struct FlattenMap {
    #[facet(flatten)]
    map: BTreeMap<String, u8>,
    b: u8,
}

#[test]
fn what_is_flattened() {
    let values = [Some(Flat { a: 1 }), None].map(|flat| FlattenOption { flat, b: 5 });
    assert!(values.iter().any(|value| !carried(value)));
    message(
        "flatten_option",
        format!(
            "{}\n{}",
            errors(as_argument::<FlattenOption>()),
            errors(as_response::<FlattenOption>())
        ),
    );
    let map = BTreeMap::from([("a".to_owned(), 1)]);
    message("flatten_map", refused(FlattenMap { map, b: 5 }));
}

#[test]
fn results() {
    message("result", refused::<Result<u32, String>>(Ok(1)));
}

#[test]
fn addresses_and_paths() {
    message("ip_addr", refused(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    message("ipv4_addr", refused(Ipv4Addr::LOCALHOST));
    message("ipv6_addr", refused(Ipv6Addr::LOCALHOST));
    message("socket_addr", refused(SocketAddr::from(([127, 0, 0, 1], 80))));
    message("path_buf", refused(PathBuf::from("a")));
    message("utf8_path_buf", refused(camino::Utf8PathBuf::from("a")));
}

#[test]
fn identifiers() {
    message("uuid", refused(uuid::Uuid::nil()));
    message("url", refused(url::Url::parse("a:b").unwrap()));
    message("ulid", refused(ulid::Ulid::nil()));
}

#[test]
fn times() {
    message("chrono_utc", refused(chrono::DateTime::<chrono::Utc>::UNIX_EPOCH));
    message("chrono_date", refused(chrono::NaiveDate::MIN));
    message("chrono_time", refused(chrono::NaiveTime::MIN));
    message("time_offset", refused(time::OffsetDateTime::UNIX_EPOCH));
    message("time_utc", refused(time::UtcDateTime::UNIX_EPOCH));
    message("jiff_timestamp", refused(jiff::Timestamp::UNIX_EPOCH));
    message("jiff_date_time", refused(jiff::civil::DateTime::ZERO));
}

#[test]
fn numbers_of_other_crates() {
    message("ordered_float", refused(ordered_float::OrderedFloat(1.0_f64)));
    message("not_nan", refused(ordered_float::NotNan::new(1.0_f64).unwrap()));
    message("ruint", refused(ruint::Uint::<64, 1>::from(5)));
}

#[derive(Facet)]
struct Tagged {
    a: u8,
    marker: PhantomData<u8>,
}

struct Foreign;

#[derive(Facet)]
struct Opaque {
    a: u8,
    #[facet(opaque)]
    foreign: Foreign,
}

#[test]
fn forms_without_a_value_on_the_wire() {
    message("range", refused(0..5_u32));
    message(
        "phantom_data",
        refused(Tagged {
            a: 1,
            marker: PhantomData,
        }),
    );
    message("opaque", refused(Opaque { a: 1, foreign: Foreign }));
}

#[test]
fn pointers_that_are_not_followed() {
    message("weak", refused(std::sync::Weak::<u8>::new()));
    message("function", errors(as_argument::<fn() -> u8>()));
    message("raw_pointer", errors(as_argument::<*const u8>()));
}
