//! Turns the names in documents, which may be any text, into names of a language.

use std::collections::BTreeMap;

/// Names that a definition must not have, because the written files use them.
#[rustfmt::skip]
const TYPES: &[&str] = &[
    // Rust
    "Arguments", "Box", "Err", "None", "Ok", "Option", "Result", "Self", "Some", "String", "Vec",
    // Python
    "Any", "Caller", "Exception", "False", "HttpCaller", "Literal", "NotRequired", "Protocol", "RpcError", "True",
    "TypeAlias", "TypedDict",
    // TypeScript
    "AbortSignal", "Array", "Error", "Infinity", "JSON", "NaN", "Number", "Object", "Promise", "Record", "Symbol",
    "Transport",
];

/// Names given out so far, each with the number to try when it is wanted again.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, u64>);

impl Names {
    /// For types: without those that the languages have already.
    pub(super) fn of_types() -> Self {
        Self::without(TYPES.iter().copied())
    }

    /// For something else: without these.
    pub(super) fn without<'n>(taken: impl IntoIterator<Item = &'n str>) -> Self {
        Self(taken.into_iter().map(|name| (name.to_owned(), 2)).collect())
    }

    /// `name`, or the first of `name2`, `name3`... that is free.
    pub(super) fn unique(&mut self, name: &str) -> String {
        let mut given = name.to_owned();
        while self.0.contains_key(&given) {
            let next = self.0.entry(name.to_owned()).or_insert(2);
            given = format!("{name}{next}");
            *next += 1;
        }
        self.0.insert(given.clone(), 2);
        given
    }
}

/// The words of a name: cut at what is no letter or digit, and where capitals begin.
fn words(name: &str) -> Vec<String> {
    let signs: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &sign) in signs.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| signs[at]);
        let begins = sign.is_ascii_uppercase()
            && before.is_some_and(|before| {
                let after_is_small = signs.get(at + 1).is_some_and(char::is_ascii_lowercase);
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after_is_small)
            });
        match sign {
            _ if begins => words.push(sign.to_ascii_lowercase().to_string()),
            _ if sign.is_ascii_alphanumeric() => {
                words.last_mut().into_iter().for_each(|word| word.push(sign.to_ascii_lowercase()));
            }
            // Letters that not every language takes.
            _ if sign.is_alphanumeric() => words.extend([format!("u{:x}", u32::from(sign)), String::new()]),
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `LikeThis`.
pub(super) fn pascal(name: &str) -> String {
    let capital = |word: String| word[..1].to_ascii_uppercase() + &word[1..];
    let name: String = words(name).into_iter().map(capital).collect();
    match name.chars().next() {
        None => "Empty".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("N{name}"),
        Some(_) => name,
    }
}

/// `like_this`.
pub(super) fn snake(name: &str) -> String {
    let name = words(name).join("_");
    match name.chars().next() {
        None => "empty".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("n{name}"),
        Some(_) => name,
    }
}

/// `likeThis`.
pub(super) fn camel(name: &str) -> String {
    let name = pascal(name);
    name[..1].to_ascii_lowercase() + &name[1..]
}

/// The name, with `_` behind it if it is one of these.
pub(super) fn unless(name: String, taken: &[&str]) -> String {
    if taken.contains(&name.as_str()) { name + "_" } else { name }
}

/// Whether it can be written as it is in Rust, Python and TypeScript, keywords aside.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut signs = name.chars();
    signs.next().is_some_and(|first| first.is_ascii_alphabetic())
        && signs.all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_name() {
        for (name, pascal_name, snake_name, camel_name) in [
            ("eth_getBalance", "EthGetBalance", "eth_get_balance", "ethGetBalance"),
            ("HTTPServer", "HttpServer", "http_server", "httpServer"),
            ("Transaction4844Signed", "Transaction4844Signed", "transaction4844_signed", "transaction4844Signed"),
            ("site.get-user info", "SiteGetUserInfo", "site_get_user_info", "siteGetUserInfo"),
            ("", "Empty", "empty", "empty"),
            ("\"; rm -rf", "RmRf", "rm_rf", "rmRf"),
            ("1st", "N1st", "n1st", "n1st"),
            ("über", "UfcBer", "ufc_ber", "ufcBer"),
            ("__init__", "Init", "init", "init"),
            ("日本", "U65e5U672c", "u65e5_u672c", "u65e5U672c"),
        ] {
            assert_eq!((&*pascal(name), &*snake(name), &*camel(name)), (pascal_name, snake_name, camel_name));
        }
        assert_eq!(unless("type".to_owned(), &["type"]), "type_");
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::of_types();
        let given: Vec<_> = ["A", "A", "String", "A2", "A"].into_iter().map(|name| names.unique(name)).collect();
        assert_eq!(given, ["A", "A2", "String2", "A22", "A3"]);
    }
}
