//! Runs the program as a person would.

use std::process::Command;

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs `relight` with these arguments.
pub fn relight(args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_relight")).args(args).output().expect("the program runs");
    Ran {
        code: output.status.code().expect("the program ends by itself"),
        out: String::from_utf8(output.stdout).expect("output is text"),
        err: String::from_utf8(output.stderr).expect("messages are text"),
    }
}
