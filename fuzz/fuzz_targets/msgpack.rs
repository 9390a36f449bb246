//! Lets libFuzzer look for a message that breaks a promise of `tinyrpc_fuzz::msgpack`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tinyrpc_fuzz::msgpack::check(data));
