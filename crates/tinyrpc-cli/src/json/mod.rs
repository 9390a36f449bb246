//! JSON as text: what the user typed and what a server sent is laid out anew, and never parsed into numbers that would lose digits.

use serde_json::value::RawValue;

mod tokens;

use tokens::Tokens;

/// Whether `text` is one JSON value; if so, without the white space around it.
pub(crate) fn value(text: &str) -> Option<&str> {
    serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get)
}

/// A string as JSON.
pub(crate) fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The same JSON on one line. `json` must be valid.
pub(crate) fn compact(json: &str) -> String {
    Tokens::new(json).collect()
}

/// The same JSON over several lines, for people. `json` must be valid.
pub(crate) fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0;
    let mut tokens = Tokens::new(json).peekable();
    while let Some(token) = tokens.next() {
        match token {
            "{" | "[" => {
                out.push_str(token);
                match tokens.next_if(|next| matches!(*next, "}" | "]")) {
                    Some(end) => out.push_str(end),
                    None => {
                        depth += 1;
                        new_line(depth, &mut out);
                    }
                }
            }
            "}" | "]" => {
                depth -= 1;
                new_line(depth, &mut out);
                out.push_str(token);
            }
            "," => {
                out.push(',');
                new_line(depth, &mut out);
            }
            ":" => out.push_str(": "),
            scalar => out.push_str(scalar),
        }
    }
    out
}

fn new_line(depth: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// The first number that 64 bits cannot hold: an integer from -2^63 to 2^64-1, or a float in range. `json` must be valid.
pub(crate) fn beyond_64_bits(json: &str) -> Option<&str> {
    Tokens::new(json).filter(|token| token.starts_with(|first: char| first == '-' || first.is_ascii_digit())).find(
        |number| match number.contains(['.', 'e', 'E']) {
            true => !number.parse::<f64>().is_ok_and(f64::is_finite),
            false => number.parse::<i64>().is_err() && number.parse::<u64>().is_err(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_and_everything_else_stays() {
        let text =
            " { \"a b\\\" \" : [ 1 , -0.10e+2,\n123456789012345678901234567890 , 1e400 ],\"\":{},\"x\":[ ] }\r\n";
        let short = r#"{"a b\" ":[1,-0.10e+2,123456789012345678901234567890,1e400],"":{},"x":[]}"#;
        assert_eq!(compact(text), short);
        assert_eq!(
            pretty(text),
            r#"{
  "a b\" ": [
    1,
    -0.10e+2,
    123456789012345678901234567890,
    1e400
  ],
  "": {},
  "x": []
}"#
        );
        assert_eq!(compact(&pretty(text)), short);
        assert_eq!(compact(" null "), "null");
        assert_eq!(compact(r#""\\""#), r#""\\""#);
    }

    #[test]
    fn only_one_whole_value_is_a_value() {
        assert_eq!(value(" 1e400 "), Some("1e400"));
        assert_eq!(value("[1,{\"a\":null}]"), Some("[1,{\"a\":null}]"));
        for text in ["", "1 2", "01", "nul", "NaN", "[1,]", "'a'", "{a:1}", "\"", "hello"] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(value(&deep), Some(&*deep));
        assert_eq!(compact(&deep), deep);
    }

    #[test]
    fn numbers_beyond_64_bits_are_found() {
        assert_eq!(beyond_64_bits("[-9223372036854775808,18446744073709551615,1e308,\"1e999\"]"), None);
        assert_eq!(beyond_64_bits("[1,18446744073709551616]"), Some("18446744073709551616"));
        assert_eq!(beyond_64_bits("{\"a\":-9223372036854775809}"), Some("-9223372036854775809"));
        assert_eq!(beyond_64_bits("1e400"), Some("1e400"));
    }
}
