//! Remote procedure calls from interchangeable parts.
