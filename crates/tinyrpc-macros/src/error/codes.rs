//! Checks the codes of an error type.

use syn::spanned::Spanned as _;
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use super::variant::{Kind, Variant};
use crate::options::collect;

/// Refuses codes that mean something else, or two things.
pub(super) fn check(variants: &[Variant<'_>]) -> syn::Result<()> {
    let mut seen: Vec<(i64, &str)> = Vec::new();
    let mut failed = None;
    for variant in variants {
        let Kind::Coded { code, .. } = &variant.kind else { continue };
        let Some(number) = literal(code) else { continue };
        if let Some(meaning) = meaning(number) {
            collect(
                &mut failed,
                syn::Error::new(
                    code.span(),
                    format!(
                        "code {number} means \"{meaning}\" (JSON-RPC 2.0, section 5.1): \
                         choose one outside of -32768 to -32000"
                    ),
                ),
            );
        } else if let Some((_, other)) = seen.iter().find(|(seen, _)| *seen == number) {
            collect(
                &mut failed,
                syn::Error::new(
                    variant.span,
                    format!(
                        "`{}` has the code {number} of `{other}`: on the other side they could not be told apart",
                        variant.label
                    ),
                ),
            );
        }
        seen.push((number, &variant.label));
    }
    failed.map_or(Ok(()), Err)
}

fn literal(code: &Expr) -> Option<i64> {
    match code {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr).map(|number| -number),
        _ => None,
    }
}

fn meaning(code: i64) -> Option<&'static str> {
    Some(match code {
        -32700 => "Parse error",
        -32600 => "Invalid Request",
        -32601 => "Method not found",
        -32602 => "Invalid params",
        -32603 => "Internal error",
        _ => return None,
    })
}
