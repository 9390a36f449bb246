"""Checks who imports whom in `crates/`, as ARCHITECTURE.md says, on the code that ships: comments, strings and tests
do not count. Prints one line per breach and exits with 1 if there is any.

Knows names as they are written: what is re-exported under a crate's root is followed there, one step.
"""

import json
import pathlib
import re
import subprocess
import sys

import rust_paths

LONGEST_FILE = 500
# Who of us may depend on whom.
DEPENDENCIES = {
    "tinyrpc-core": set(),
    "tinyrpc-macros": set(),
    "tinyrpc": {"tinyrpc-core", "tinyrpc-macros"},
    "tinyrpc-cli": {"tinyrpc"},
}
# Names that stand for a protocol, which a transport must not know. `Protocol`, the trait, is no protocol.
PROTOCOL_NAMES = re.compile(r"\b(?:JsonRpc\w*|MessagePackRpc\w*|MsgPackRpc\w*)\b")
PROTOCOL_MODULES = {"jsonrpc", "msgpackrpc", "jsonrpc1", "msgpack"}
# Files in `transport/` that are no transport but what transports share.
SHARED_BY_TRANSPORTS = {"accept", "error", "limit", "link", "maybe_tls", "mod", "program", "shutdown", "signs", "tls", "web"}
# What the core must not touch: sockets, files, a runtime, a clock, the system's randomness.
CORE_MUST_NOT = re.compile(
    r"\btokio\b|\bmio\b|\bhyper\b|\bstd\s*::\s*(?:net|fs|process|env)\b|\bInstant\s*::\s*now\b|\.\s*elapsed\s*\("
    r"|\bSystemTime\b|\brand\s*::|\bgetrandom\b|\bthread\s*::\s*sleep\b"
)


class Source:
    """A file of a crate, read."""

    def __init__(self, file, src):
        self.file = file
        text = file.read_text(encoding="utf-8")
        self.length = len(text.splitlines())
        self.code = rust_paths.without_tests(rust_paths.code(text))
        parts = list(file.relative_to(src).with_suffix("").parts)
        self.is_test = "tests" in parts
        self.module = [part for part in parts if part not in ("lib", "main", "mod")]
        self.paths = rust_paths.paths(self.code, self.module)


def sources(src):
    """The files of a crate that ship."""
    found = [Source(file, src) for file in sorted(src.rglob("*.rs"))]
    return [source for source in found if not source.is_test]


def re_exports(crate):
    """Name under the crate's root -> the module that it comes from."""
    return {
        path[-1]: path[:-1] if path[0] == "crate" else ["crate", *path[:-1]]
        for source in crate
        if not source.module
        for _, path in source.paths
        if len(path) > 1
    }


def check_paths(crate, is_breach):
    """Reports each path for which `is_breach(module, path)` gives a reason; both start at the crate's root."""
    at_root = re_exports(crate)
    for source in crate:
        reported = set()
        for line, path in source.paths:
            inside = path[:1] == ["crate"]
            if inside and len(path) > 1 and path[1] in at_root:
                path = at_root[path[1]] + path[1:]
            reason = is_breach(source.module, path[1:] if inside else path, inside)
            if reason and (line, reason) not in reported:
                reported.add((line, reason))
                yield f"{source.file}:{line}: {'::'.join(path)}: {reason}"


def library_breach(module, path, inside):
    """The rules of `tinyrpc`."""
    here = module[0] if module else ""
    there = path[0] if inside and path else ""
    if here == "client" and there.startswith(("server", "service")):
        return "client must not import server or service"
    if here.startswith(("server", "service")) and there == "client":
        return "server and service must not import client"
    if here == "openrpc" and there and there != "openrpc":
        return "openrpc must not import other modules"
    if there == "openrpc" and here not in ("", "openrpc"):
        return "nothing must depend on openrpc"
    if here == "transport":
        if set(path) & PROTOCOL_MODULES or any(PROTOCOL_NAMES.search(part) for part in path):
            return "a transport must not know a protocol"
    return None


def sibling_breach(siblings):
    """The rule that a transport does not import another one, given the names of all."""

    def is_breach(module, path, inside):
        if not inside or len(module) < 2 or module[0] != "transport" or len(path) < 2 or path[0] != "transport":
            return None
        if module[1] in siblings and path[1] in siblings and path[1] != module[1]:
            return "a transport must not import a sibling"
        return None

    return is_breach


def core_breach(module, path, inside):
    """The rules of `tinyrpc-core` among its own modules."""
    pair = {module[0] if module else "", path[0] if inside and path else ""}
    return "protocol and dispatch must not import each other" if pair == {"protocol", "dispatch"} else None


def check_words(crate, pattern, applies, reason):
    """Reports each match in the code of the modules that `applies` picks."""
    for source in crate:
        for found in pattern.finditer(source.code) if applies(source.module) else ():
            yield f"{source.file}:{source.code.count(chr(10), 0, found.start()) + 1}: {found.group()}: {reason}"


def check_tree(crates):
    """All breaches in the sources below `crates`."""
    for file in sorted(crates.rglob("*.rs")):
        length = len(file.read_text(encoding="utf-8").splitlines())
        if length > LONGEST_FILE:
            yield f"{file}: {length} lines; {LONGEST_FILE} is the limit"

    library = sources(crates / "tinyrpc/src")
    transports = {source.module[1] for source in library if len(source.module) > 1 and source.module[0] == "transport"}
    yield from check_paths(library, library_breach)
    yield from check_paths(library, sibling_breach(transports - SHARED_BY_TRANSPORTS))
    in_transport = lambda module: module[:1] == ["transport"]
    yield from check_words(library, PROTOCOL_NAMES, in_transport, "a transport must not know a protocol")

    core = sources(crates / "tinyrpc-core/src")
    yield from check_paths(core, core_breach)
    yield from check_words(core, CORE_MUST_NOT, lambda module: True, "not in the core")


def check_dependencies(packages):
    """Breaches among the packages of `cargo metadata`."""
    for package in packages:
        allowed = DEPENDENCIES.get(package["name"])
        for dependency in package["dependencies"] if allowed is not None else ():
            name = dependency["name"]
            if name in DEPENDENCIES and dependency["kind"] is None and name not in allowed:
                yield f"{package['manifest_path']}: {package['name']} must not depend on {name}"


def main():
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], check=True, stdout=subprocess.PIPE
    )
    breaches = [*check_tree(pathlib.Path("crates")), *check_dependencies(json.loads(metadata.stdout)["packages"])]
    for breach in breaches:
        print(breach, file=sys.stderr)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
