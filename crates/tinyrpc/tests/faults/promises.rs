//! Ten thousand operations of all kinds through the proxy, over every medium.

use std::time::Instant;

use tokio::runtime::Builder;

use crate::ledger::End;
use crate::media::Medium;
use crate::world::World;

/// Of the proxy's faults and of what the clients do, unless `TINYRPC_FAULT_SEED` says another one.
const SEED: u64 = 20_250_501;

/// How many operations there are in a round that counts.
const OPERATIONS: u64 = 10_000;

fn seed() -> u64 {
    std::env::var("TINYRPC_FAULT_SEED").map_or(SEED, |seed| seed.parse().expect("a seed is a number"))
}

/// Prints how all ended, and sees that the faults were many and the rest went well.
fn check(tally: &[((&'static str, End), usize)], done: [u64; 5], operations: u64) {
    let mut kind = "";
    for ((name, end), count) in tally {
        if *name != kind {
            print!("\n{name:>14}:");
            kind = name;
        }
        print!(" {count} {end:?}");
    }
    let [cut, truncated, half, stalled, overtaken] = done;
    println!("\n{cut} cut, {truncated} truncated, {half} half closed, {stalled} stalled, {overtaken} overtaken");
    let of = |wanted: &[End]| -> usize {
        tally.iter().filter(|((name, end), _)| *name != "gap" && wanted.contains(end)).map(|(_, count)| count).sum()
    };
    let all = of(&[End::Good, End::Failed, End::Lost, End::Unsent, End::Timeout, End::GivenUp]) as u64;
    assert!(all >= operations - 10, "only {all} operations");
    assert!(of(&[End::Good, End::Failed]) as u64 > operations / 2, "too little went well");
    assert!(of(&[End::Lost]) as u64 > operations / 200, "too little was lost");
    assert!(done.iter().all(|count| *count > 2), "too few faults");
}

/// Does everything in one thread, whose memory is measured.
fn alone(medium: Medium, protocol: &str) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (ledger, whole) = tinyrpc_alloc_counter::measure(|| {
        let mut world = runtime.block_on(World::start(seed(), medium, protocol));
        // So that what grows to its size and stays there has done so.
        runtime.block_on(world.round(OPERATIONS / 4));
        world.ledger.close();
        let begun = Instant::now();
        let (tally, round) = tinyrpc_alloc_counter::measure(|| {
            runtime.block_on(world.round(OPERATIONS));
            world.ledger.close()
        });
        check(&tally, world.proxy.done(), OPERATIONS);
        println!("{:?}; {} bytes more than before, {} at most", begun.elapsed(), round.held, round.peak);
        // What connections that are open at the moment have for their buffers goes up and down; what is left behind stays.
        let mut held = round.held;
        for _ in 0..3 {
            if held < 32 << 10 {
                break;
            }
            let ((), more) = tinyrpc_alloc_counter::measure(|| {
                runtime.block_on(world.round(OPERATIONS / 10));
                world.ledger.close();
            });
            held += more.held;
            println!("{held} bytes more than before, later");
        }
        assert!(held < 32 << 10, "{held} bytes are left");
        runtime.block_on(world.close())
    });
    ledger.close();
    drop(ledger);
    println!("{} bytes in the end", whole.held);
    assert!(whole.held < 16 << 10, "{} bytes are left in the end", whole.held);
}

/// Does everything in whatever thread is free.
async fn among_threads(medium: Medium, protocol: &str) {
    let mut world = World::start(seed().wrapping_add(1), medium, protocol).await;
    world.round(OPERATIONS).await;
    let done = world.proxy.done();
    let tally = world.close().await.close();
    check(&tally, done, OPERATIONS);
}

/// Everything ends once and in order, and leaves nothing behind.
macro_rules! promises {
    ($($(#[$when:meta])? $name:ident, $medium:ident, $protocol:literal;)*) => {
        $(
            $(#[$when])?
            mod $name {
                use super::*;

                #[test]
                fn in_one_thread() {
                    alone(Medium::$medium, $protocol);
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn among_several_threads() {
                    among_threads(Medium::$medium, $protocol).await;
                }
            }
        )*
    };
}

promises! {
    tcp_jsonrpc, Tcp, "jsonrpc";
    tcp_msgpack, Tcp, "msgpack";
    #[cfg(unix)] unix_jsonrpc, Unix, "jsonrpc";
    ws_jsonrpc, WebSocket, "jsonrpc";
    ws_msgpack, WebSocket, "msgpack";
}
