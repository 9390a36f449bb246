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
//! 8. [Parts of your own](own_parts)
//! 9. [Recipes](recipes)
//! 10. [Coming from Python's tinyrpc](from_python)

macro_rules! chapters {
    ($($name:ident)*) => {$(
        #[doc = include_str!(concat!(stringify!($name), ".md"))]
        pub mod $name {}
    )*};
}

chapters! {
    first_function functions errors clients protocols transports servers own_parts recipes from_python
}
