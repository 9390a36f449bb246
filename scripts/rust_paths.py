"""Finds which modules a Rust source file names: enough of the language to check import directions, and no more."""

import re

# What may hide text that only looks like code. Order matters: comments and strings may contain each other's marks.
_HIDDEN = re.compile(
    r"""
    //[^\n]*                                     # comment to the end of the line, documentation too
    | /\*                                        # block comment, which nests: see `code`
    | b?r(?P<hashes>\#*)".*?"(?P=hashes)         # raw string
    | b?"(?:\\.|[^"\\])*"                        # string
    | b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'\n])'    # character, which a lifetime is not
    """,
    re.VERBOSE | re.DOTALL,
)
_TEST_ONLY = re.compile(r"#\[cfg\((?:test|all\(\s*test\b[^\]]*)\)\]")
_USE = re.compile(r"\buse\s+([^;]+);")
_PATH = re.compile(r"\b[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)+")


def code(source):
    """The source without comments, strings and characters; lines keep their numbers."""
    kept, at = [], 0
    while hidden := _HIDDEN.search(source, at):
        kept.append(source[at : hidden.start()])
        at = hidden.end()
        if hidden.group() == "/*":
            at = _end_of_block_comment(source, at)
        kept.append(" " + "\n" * source.count("\n", hidden.start(), at))
    return "".join(kept) + source[at:]


def _end_of_block_comment(source, at):
    depth = 1
    for mark in re.compile(r"/\*|\*/").finditer(source, at):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(source)


def without_tests(text):
    """Code, as `code` gives it, without the items under `#[cfg(test)]`."""
    while test_only := _TEST_ONLY.search(text):
        end = _end_of_item(text, test_only.end())
        removed = text[test_only.start() : end]
        text = text[: test_only.start()] + "\n" * removed.count("\n") + text[end:]
    return text


def _end_of_item(text, at):
    """Behind the first `;` or the `}` that closes the first `{`."""
    depth = 0
    for end in range(at, len(text)):
        if text[end] in "{([":
            depth += 1
        elif text[end] in "})]":
            depth -= 1
        if depth == 0 and (text[end] == ";" or text[end] == "}"):
            return end + 1
    return len(text)


def paths(text, module):
    """All paths in code, as (line, segments), where `module` is the file's own path from the crate, as a list.

    `crate`, `self` and `super` are resolved: what is inside the crate starts with `crate`. An inner module is taken
    for its file.
    """
    found = []
    for use in _USE.finditer(text):
        line = text.count("\n", 0, use.start()) + 1
        found += [(line, path) for path in _use_tree(use.group(1))]
    # Blanked rather than cut out, so that the others keep their lines.
    rest = _USE.sub(lambda use: "\n" * use.group().count("\n"), text)
    for path in _PATH.finditer(rest):
        line = rest.count("\n", 0, path.start()) + 1
        found.append((line, re.split(r"\s*::\s*", path.group())))
    return [(line, resolved(path, module)) for line, path in found]


def _use_tree(tree):
    """`a::{b, c::{d, self}}` as its single paths."""
    head, brace, rest = tree.partition("{")
    head = [part.split(" as ")[0].strip() for part in head.split("::") if part.strip()]
    if not brace:
        return [head]
    inner = rest[: rest.rindex("}")] if "}" in rest else rest
    return [head + path for branch in _branches(inner) for path in _use_tree(branch)]


def _branches(text):
    """Splits at the commas that are in no braces."""
    branches, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 0:
            branches.append(text[start:at])
            start = at + 1
    return [branch for branch in [*branches, text[start:]] if branch.strip()]


def resolved(path, module):
    """A path without `self` and `super`."""
    if path[0] in ("self", "super"):
        base = list(module)
        while path and path[0] in ("self", "super"):
            if path[0] == "super":
                base = base[:-1]
            path = path[1:]
        return ["crate", *base, *path]
    return [part for part in path if part != "self"]
