//! The names that belong to the name of a method that opens subscriptions.

const VERB: &str = "subscribe";

/// The method that ends what `method` opens, as existing services call it: `eth_subscribe` goes with `eth_unsubscribe`,
/// `subscribe_ticks` with `unsubscribe_ticks`, `chain_subscribeNewHeads` with `chain_unsubscribeNewHeads`; anything else
/// gets `unsubscribe_` in front of it, after the last dot.
pub(crate) fn unsubscribe(method: &str) -> String {
    match method.rfind(VERB) {
        Some(place) => format!("{}un{}", &method[..place], &method[place..]),
        None => {
            let (prefix, name) = split(method);
            format!("{prefix}unsubscribe_{name}")
        }
    }
}

/// The notifications that carry the items: `eth_subscribe` goes with `eth_subscription`, `subscribe_ticks` with `ticks`,
/// `chain_subscribeNewHeads` with `chain_newHeads`; anything else has notifications of its own name.
pub(crate) fn notification(method: &str) -> String {
    let Some(place) = method.rfind(VERB) else { return method.to_owned() };
    let (prefix, rest) = (&method[..place], &method[place + VERB.len()..]);
    let rest = rest.trim_start_matches('_');
    let mut letters = rest.chars();
    match letters.next() {
        Some(first) => format!("{prefix}{}{}", first.to_lowercase(), letters.as_str()),
        None => format!("{prefix}subscription"),
    }
}

fn split(method: &str) -> (&str, &str) {
    method.split_at(method.rfind('.').map_or(0, |dot| dot + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_one_that_opens() {
        for (method, ends, carries) in [
            ("eth_subscribe", "eth_unsubscribe", "eth_subscription"),
            ("subscribe", "unsubscribe", "subscription"),
            ("subscribe_ticks", "unsubscribe_ticks", "ticks"),
            ("site.subscribe_ticks", "site.unsubscribe_ticks", "site.ticks"),
            ("chain_subscribeNewHeads", "chain_unsubscribeNewHeads", "chain_newHeads"),
            ("ticks", "unsubscribe_ticks", "ticks"),
            ("a.b.ticks", "a.b.unsubscribe_ticks", "a.b.ticks"),
        ] {
            assert_eq!((&*unsubscribe(method), &*notification(method)), (ends, carries), "{method}");
        }
    }
}
