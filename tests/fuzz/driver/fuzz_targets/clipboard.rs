//! `millrace_fuzz::clipboard`, driven by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| millrace_fuzz::clipboard(data));
