//! Maps whose keys collide in hash tables that are not seeded.

use std::time::{Duration, Instant};

use conformance_draw::Random;
use rapace_wire::frame::Frame;
use serde_json::json;

use super::Player;
use super::state::{State, Stop};
use crate::bounds;
use crate::bytes::varint;
use crate::message::Message;

/// What takes and answers the map.
const METHOD: &str = "Values.map_u128_u8";
/// What any map may take besides: other work of the machine, not a share of the keys.
const SLACK: Duration = Duration::from_millis(300);

/// Hash tables that keep so much of a key take all multiples of it for equal.
const COLLIDING: [(&str, u128); 2] = [("equal modulo 2^61 - 1", (1 << 61) - 1), ("equal modulo 2^64", 1 << 64)];

impl Player<'_> {
    /// The testee takes maps of so many keys: colliding ones in at most `factor` times the time of random ones.
    pub(super) fn keys(&mut self, state: &mut State, count: u32, factor: u32) -> Result<(), Stop> {
        let mut random = Random(u64::from(count));
        let mut drawn = || u128::from(random.bits()) << 64 | u128::from(random.bits());
        let random_keys: Vec<u128> = (0..count).map(|_| drawn()).collect();
        let mut fastest = Duration::MAX;
        for _ in 0..2 {
            fastest = fastest.min(self.map_of(state, &random_keys, false)?);
        }
        let bound = fastest * factor + SLACK;
        for (name, modulus) in COLLIDING {
            let keys: Vec<u128> = (1..=u128::from(count)).map(|n| n * modulus).collect();
            let took = bounds::best_of(bound, || self.map_of(state, &keys, true))?;
            if took > bound {
                let message = Message::new(format_args!("{count} keys that are {name} take too long"))
                    .line(
                        "expected",
                        format_args!("at most {bound:.1?}, random ones take {fastest:.1?}"),
                    )
                    .line("came", format_args!("{took:.1?}, the best of several tries"));
                return Err(Stop::Late(message.into()));
            }
        }
        Ok(())
    }

    /// How long the testee needs from the answer with a map of these keys to what it says of it.
    fn map_of(&mut self, state: &mut State, keys: &[u128], collide: bool) -> Result<Duration, Stop> {
        let id = self.testee.tell(json!({"call": METHOD, "arguments": [[]]}))?;
        let (on, frame) = self.next_request(state)?;
        let mut payload = varint(keys.len() as u64);
        for key in keys {
            payload.append(&mut varint(*key));
            payload.push(1);
        }
        self.testee.send_on(on, &Frame::answer(frame.channel(), &payload))?;
        let answered = Instant::now();
        let said = self.said(state, id)?;
        let took = answered.elapsed();
        let entries = said["value"].as_array().map_or(0, Vec::len);
        // A language whose tables have no seed may refuse keys that collide too often.
        let refused = collide && said["error"]["kind"] == "decode";
        match refused || entries == keys.len() {
            true => Ok(took),
            false => Err(Stop::Problem(format!("it took {entries} of {} keys", keys.len()))),
        }
    }
}
