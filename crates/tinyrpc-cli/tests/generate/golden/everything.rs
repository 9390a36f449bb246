// Written by `tinyrpc generate rust`; changes are lost when it is written again.
// Needs the crates `tinyrpc`, `serde` (with the feature `derive`) and `serde_json`.
//
// Members of a struct that the service sends beyond those named here are ignored. Of a member that may be null and
// may be missing, both are read as `None`, which is written as missing.

//! Everything 1
//!
//! Each kind of type and of argument.

#![allow(clippy::all, clippy::pedantic, dead_code, missing_debug_implementations, missing_docs, non_camel_case_types)]
#![allow(rustdoc::all, unreachable_pub)]

/// A color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
pub enum Color {
    #[serde(rename = "red")]
    Red,
    #[serde(rename = "dark blue")]
    DarkBlue,
    #[serde(rename = "self")]
    Self2,
}

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
pub struct Node {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Nodes>,
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<Node>>,
}

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
pub struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_name: Option<::std::collections::BTreeMap<String, i32>>,
    /// A keyword.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: MaybeLink,
    pub mixed: Option<KeptMixed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<Named>,
    /// `enum`: `[1,2]`
    #[serde(rename = "odd-name", default, skip_serializing_if = "Option::is_none")]
    pub odd_name: Option<u64>,
    /// `minItems`: `2`, `maxItems`: `2`
    pub pair: (String, i64),
    pub shape: Shape,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub str: Option<String>,
    pub tree: Tree,
    /// All other members.
    #[serde(flatten)]
    pub rest: ::std::collections::BTreeMap<String, String>,
}

pub type Nodes = Vec<Node>;

pub type MaybeLink = Option<Box<Link>>;

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
#[serde(untagged)]
pub enum KeptMixed {
    Color(Color),
    Integer(i64),
    /// words
    ///
    /// more words
    ///
    /// more words
    ///
    /// `pattern`: `"x"`
    Text(String),
}

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
#[serde(untagged)]
pub enum Named {
    /// Open
    Open(NamedOpen),
    /// Closed
    Closed(NamedClosed),
}

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
#[serde(untagged)]
pub enum Shape {
    Circle(ShapeCircle),
    Point(ShapePoint),
}

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
#[serde(untagged)]
pub enum Side {
    /// Left
    Left(SideLeft),
    /// Right
    Right(SideRight),
}

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
#[serde(transparent)]
pub struct Tree(pub Vec<Tree>);

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
pub struct Link {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: MaybeLink,
}

/// Open
#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
pub struct NamedOpen {
    pub id: u64,
    pub name: String,
    pub until: i64,
}

/// Closed
#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
pub struct NamedClosed {
    pub id: u64,
    pub name: String,
    pub since: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
pub enum ShapePointKind {
    #[serde(rename = "point")]
    Point,
}

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
pub struct ShapePoint {
    pub kind: ShapePointKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
pub enum ShapeCircleKind {
    #[serde(rename = "circle")]
    Circle,
}

#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
pub struct ShapeCircle {
    pub kind: ShapeCircleKind,
    pub radius: f64,
}

/// Left
#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideLeft {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<i64>,
}

/// Right
#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideRight {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<i64>,
}

/// Calls the methods of Everything.
#[derive(Clone, Debug)]
pub struct EverythingClient {
    client: ::tinyrpc::Client,
}

impl EverythingClient {
    /// Calls them by way of `client`.
    pub fn new(client: ::tinyrpc::Client) -> Self {
        Self { client }
    }

    /// By position, or by name where that is needed.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn either(&self, first: i64, second: Option<&str>, third: Option<&Color>) -> Result<::serde_json::Value, ::tinyrpc::CallError> {
        if second.is_none() && third.is_some() {
            #[derive(::serde::Serialize)]
            struct Arguments<'a> {
                #[serde(rename = "first")]
                first: i64,
                #[serde(rename = "second", skip_serializing_if = "Option::is_none")]
                second: Option<&'a str>,
                #[serde(rename = "third", skip_serializing_if = "Option::is_none")]
                third: Option<&'a Color>,
            }
            return self.client.call("either", Arguments { first, second, third }).await;
        }
        let given = if third.is_some() { 3 } else if second.is_some() { 2 } else { 1 };
        match given {
            1 => self.client.call("either", (first,)).await,
            2 => self.client.call("either", (first, second)).await,
            _ => self.client.call("either", (first, second, third)).await,
        }
    }

    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn by_position(&self, early: Option<&str>, type_: &[f64], late: Option<bool>, last: Option<&str>) -> Result<::serde_json::Value, ::tinyrpc::CallError> {
        let given = if last.is_some() { 4 } else if late.is_some() { 3 } else { 2 };
        match given {
            2 => self.client.call("by.position", (early, type_)).await,
            3 => self.client.call("by.position", (early, type_, late)).await,
            _ => self.client.call("by.position", (early, type_, late, last)).await,
        }
    }

    /// Arguments:
    /// - `odd name`: `maximum`: `9`
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    #[deprecated]
    pub async fn by_name(&self, self_: &Node, odd_name: Option<u64>) -> Result<::serde_json::Value, ::tinyrpc::CallError> {
        #[derive(::serde::Serialize)]
        struct Arguments<'a> {
            #[serde(rename = "self")]
            self_: &'a Node,
            #[serde(rename = "odd name", skip_serializing_if = "Option::is_none")]
            odd_name: Option<u64>,
        }
        self.client.call("by-name", Arguments { self_, odd_name }).await
    }

    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn all_by_name(&self, n: i64) -> Result<::serde_json::Value, ::tinyrpc::CallError> {
        #[derive(::serde::Serialize)]
        struct Arguments {
            #[serde(rename = "n")]
            n: i64,
        }
        self.client.call("all-by-name", Arguments { n }).await
    }

    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn log(&self, text: &str) -> Result<(), ::tinyrpc::CallError> {
        self.client.notify("log", (text,)).await
    }

    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn any(&self, arguments: impl ::serde::Serialize) -> Result<::serde_json::Value, ::tinyrpc::CallError> {
        self.client.call("any", arguments).await
    }

    /// Gives back what it gets.
    ///
    /// Errors:
    /// - 7: not kept
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn keep(&self, value: &Kept) -> Result<Kept, ::tinyrpc::CallError> {
        self.client.call("keep", (value,)).await
    }
}
