//! Runs the fuzz targets on made-up bytes, the same ones each time for the same seed, on any compiler.
//!
//! usage: seeded [TARGET | all] [SECONDS | ITERATIONSx] [SEED]

use std::time::{Duration, Instant};

use tinyrpc_alloc_counter::Counting;
use tinyrpc_fuzz::TARGETS;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What mutations begin with.
const SEEDS: [&[u8]; 25] = [
    br#"{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":1}"#,
    br#"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": "a\n"}"#,
    br#"{"jsonrpc":"2.0","method":"update","params":[1,2,{"a":[]},null,true,-1.5e3]}"#,
    br#"{"jsonrpc":"2.0","id":1.5,"result":["hello",5]}"#,
    br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error","data":{}}}"#,
    br#"[{"jsonrpc":"2.0","method":"a","id":1},{"jsonrpc":"2.0","method":"b"},1,{"foo":"boo"}]"#,
    br#"{"\u006dethod":"\ud83d\ude00\ud800","params":null,"id":0,"jsonrpc":"\u0032.0","id":[]}"#,
    br#"{"result":null,"error":null,"id":18446744073709551616}"#,
    br#"{"jsonrpc":"2.0","rpc-timeout-ms":1500,"method":"m","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","tracestate":"a=1"}"#,
    "{\"method\":\"gr\u{fc}\u{df}e\u{2028}\",\"params\":[],\"id\":null}".as_bytes(),
    b"[[[[[[[[{\"a\":[[[[[[]]]]]]}]]]]]]]]",
    b"\x94\x00\x01\xa3add\x92\x01\x02",
    b"\x94\x01\x01\xc0\x03",
    b"\x93\x02\xa3add\x92\x01\x02",
    b"\x94\x01\x03\x92\xd1\x80\xa7\xb0Method not found\xc0",
    b"\x94\x00\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xd9\x03add\xdc\x00\x02\xca\x3f\xc0\0\0\xcb\x3f\xf8\0\0\0\0\0\0",
    b"\xdc\x00\x04\x00\xd0\x01\xa1m\x91\x82\xa1a\xc7\x03\x05abc\xc0\xd6\xff\0\0\0\x01",
    b"\xdd\x00\x00\x00\x03\x02\xa1m\x93\xc4\x02\x01\x02\xa2\xff\xfe\xdf\0\0\0\x01\x90\x80",
    b"\x94\x01\xc0\x93\x05\xa1m\x81\x01\x02\xc0",
    b"Content-Length: 7\r\nContent-Type: x\r\n\r\n[1,2,3]content-length:2\n\n{}",
    b"\x00\x00\x00\x07[1,2,3]\x00\x00\x00\x00\x00\x00\x00\x02{}",
    b"[1,2,3]\r\n\n  \n{\"a\": \"}\"}\n\"x\"",
    b"{\"a\":\n [1, 2]\n}\n7 true \"a\\\"b\" null[]{}\x01\n[1]",
    b"\xff\xff\xff\xff\x00\x00\x00\x01x",
    b"\r\n\r\nContent-Length: 18446744073709551616\r\n\r\n",
];

const TELLING: &[u8] = b"[]{}:,\"\\u0d91E+-. \n\r\ttfnae\x00\x01\x02\x7f\x80\x81\x90\x91\x92\x93\x94\xa0\xa1\xa3\xc0\xc1\xc4\xc7\xcb\xcc\xcf\xd0\xd3\xd4\xd9\xdb\xdc\xdd\xde\xdf\xe0\xff";

/// Marsaglia's xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        // The remainder is a little uneven, which is all the same here.
        usize::try_from(self.next() >> 33).unwrap_or(0) % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        if self.below(4) == 0 { (self.next() >> 56) as u8 } else { TELLING[self.below(TELLING.len())] }
    }

    /// Bytes out of nothing, or a changed seed.
    fn input(&mut self) -> Vec<u8> {
        let mut bytes = match self.below(8) {
            0 => (0..self.below(64)).map(|_| self.byte()).collect(),
            1 => [SEEDS[self.below(SEEDS.len())], SEEDS[self.below(SEEDS.len())]].concat(),
            _ => SEEDS[self.below(SEEDS.len())].to_vec(),
        };
        for _ in 0..self.below(6) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = (self.below(bytes.len() + 1), self.below(bytes.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        match self.below(9) {
            0 => bytes.truncate(to),
            1 => drop(bytes.drain(from..to)),
            2 => bytes.extend_from_within(from..to),
            // Deep or long, now and then very.
            3 => {
                let times = if self.below(50) == 0 { 20_000 } else { self.below(200) };
                let part = bytes[from..to.min(from + 8)].repeat(times);
                bytes.splice(from..from, part);
            }
            4 | 5 => bytes.insert(to, self.byte()),
            6 => {
                let part = SEEDS[self.below(SEEDS.len())];
                let start = self.below(part.len());
                let end = start + self.below(part.len() - start + 1);
                bytes.splice(from..to, part[start..end].iter().copied());
            }
            _ if from < bytes.len() => bytes[from] = self.byte(),
            _ => {}
        }
    }
}

/// How long to go on.
#[derive(Clone, Copy)]
enum Until {
    Time(Duration),
    Count(u64),
}

fn run(name: &str, check: fn(&[u8]), until: Until, seed: u64) {
    // The state must not be zero, and small seeds shall differ in many bits.
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let started = Instant::now();
    let (mut count, mut bytes) = (0_u64, 0_u64);
    loop {
        let over = match until {
            Until::Time(time) => started.elapsed() >= time,
            Until::Count(most) => count >= most,
        };
        if over {
            break;
        }
        // Looking at the clock costs as much as a short message.
        for _ in 0..100 {
            let mut input = random.input();
            if name == "framing" {
                input.splice(0..0, [random.byte(), random.byte(), random.byte()]);
            }
            let result = std::panic::catch_unwind(|| check(&input));
            if result.is_err() {
                eprintln!("{name} failed on input {count} of seed {seed}: b\"{}\"", input.escape_ascii());
                std::process::exit(1);
            }
            count += 1;
            bytes += input.len() as u64;
        }
    }
    println!("{name}: {count} inputs, {bytes} bytes, seed {seed}, {:.1} s", started.elapsed().as_secs_f64());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize, default: &str| arguments.get(at).map_or(default, String::as_str).to_owned();
    let (target, until, seed) = (argument(0, "all"), argument(1, "5"), argument(2, "1"));
    let until = match until.strip_suffix('x') {
        Some(count) => count.parse().map(Until::Count).ok(),
        None => until.parse().map(|seconds| Until::Time(Duration::from_secs(seconds))).ok(),
    };
    let chosen: Vec<_> = TARGETS.iter().filter(|(name, _)| target == "all" || target == *name).collect();
    let (Some(until), Ok(seed), false) = (until, seed.parse(), chosen.is_empty()) else {
        eprintln!("usage: seeded [TARGET | all] [SECONDS | ITERATIONSx] [SEED]");
        std::process::exit(2);
    };
    for (name, check) in chosen {
        run(name, *check, until, seed);
    }
}
