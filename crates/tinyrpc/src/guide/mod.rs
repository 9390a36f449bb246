//! The guide: from the first function to a protocol of your own, one chapter a part.
//!
//! Every piece of code in it is compiled and run by the tests.
//!
//! 1. [The first function](first_function)
//! 2. [Functions and what they can ask for](functions)
//! 3. [Errors](errors)
//! 4. [Clients](clients)
//! 5. [Protocols](protocols)
//! 6. [Transports](transports)
//! 7. [Servers and layers](servers)
//! 8. [Typed services](typed_services)
//! 9. [Discovery](discovery)
//! 10. [Peers: calling back, cancelling, deadlines, connecting again](peers)
//! 11. [Streams](streams)
//! 12. [Without async, and in tests](without_async)
//! 13. [Parts of your own](own_parts)
//! 14. [Recipes](recipes)
//! 15. [Coming from Python's tinyrpc](from_python)

macro_rules! chapters {
    ($($name:ident)*) => {$(
        #[doc = include_str!(concat!(stringify!($name), ".md"))]
        pub mod $name {}
    )*};
}

chapters! {
    first_function functions errors clients protocols transports servers typed_services
    discovery peers streams without_async own_parts recipes from_python
}
