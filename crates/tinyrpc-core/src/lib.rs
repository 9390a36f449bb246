//! Protocols, framings, codecs and dispatch: the parts of tinyrpc that do no I/O.
