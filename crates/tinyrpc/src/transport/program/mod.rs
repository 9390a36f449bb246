//! What transports that start programs have in common: command lines, and that nothing said on standard error is lost.

mod group;
mod tail;

use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStderr;

use super::{TransportError, TransportErrorKind};
pub(crate) use group::Group;
use tail::Tail;

/// Logs what a program says, line by line at level `info`, and keeps the last lines.
#[derive(Debug)]
pub(crate) struct Stderr {
    name: String,
    /// `None` at its end.
    pipe: Option<ChildStderr>,
    tail: Tail,
}

impl Stderr {
    /// What comes out of `pipe`, said by the program that the log calls `name`.
    pub(crate) fn new(name: String, pipe: ChildStderr) -> Self {
        Self { name, pipe: Some(pipe), tail: Tail::default() }
    }

    /// Logs to the end. What has been read stays so when the future is dropped.
    pub(crate) async fn listen(&mut self) {
        let mut read = [0; 1024];
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut read).await {
                Ok(count) if count > 0 => {
                    let written = read.get(..count).unwrap_or_default();
                    self.tail.add(written, |line| tracing::info!(command = self.name, "{line}"));
                }
                _ => self.pipe = None,
            }
        }
    }

    /// How the program ended, with its last lines.
    pub(crate) fn report(&mut self, status: std::io::Result<std::process::ExitStatus>) -> String {
        self.tail.end(|line| tracing::info!(command = self.name, "{line}"));
        let status = match status {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let (name, said) = (&self.name, self.tail.text());
        match said.as_str() {
            "" => format!("the command `{name}` ended ({status})"),
            said => format!("the command `{name}` ended ({status}) and said: {said}"),
        }
    }
}

/// The command that `line` says after a scheme such as `exec:`, in words as a shell would split it.
pub(crate) fn command(scheme: &str, line: &str) -> Result<std::process::Command, TransportError> {
    let mut words = shlex::split(line).unwrap_or_default().into_iter();
    let Some(program) = words.next() else {
        let what = format!("`{line}` is no command: it should look like `{scheme}:COMMAND ARG…`, with quotes closed");
        return Err(TransportError::new(TransportErrorKind::Setup, what));
    };
    let mut command = std::process::Command::new(program);
    command.args(words);
    Ok(command)
}

/// A command for the log and for errors, of a length that fits there.
pub(crate) fn shown(command: &std::process::Command) -> String {
    const LONGEST: usize = 100;
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(std::ffi::OsStr::to_string_lossy).collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let command = command("exec", r#"a/b "c d" e\ f 'g"h' ?i=j"#).unwrap();
        assert_eq!(command.get_program(), "a/b");
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["c d", "e f", "g\"h", "?i=j"]);
        for none in ["", "  ", "a 'b"] {
            assert_eq!(super::command("exec", none).unwrap_err().kind(), TransportErrorKind::Setup, "{none:?}");
        }
    }

    #[test]
    fn long_commands_are_cut() {
        let command = command("exec", &format!("a {}", "ä".repeat(1_000))).unwrap();
        assert_eq!(shown(&command).chars().count(), 101);
    }
}
