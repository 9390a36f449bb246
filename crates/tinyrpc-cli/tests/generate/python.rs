//! Generated Python: passes `mypy --strict`, and calls the sample service.

use std::fs;
use std::process::Command;

use tinyrpc_interop::{installed, python_command};

use crate::hostile;
use crate::support::{EVERYTHING, demo, folder, foreign, generate_into, succeeds};

const CALLS: &str = r#"
import sys
from demo import HttpCaller, RpcError, TinyrpcDemoClient, User
from tinyrpc import RPCClient
from tinyrpc.protocols.jsonrpc import JSONRPCProtocol
from tinyrpc.transports.http import HttpPostClientTransport

def check(client: TinyrpcDemoClient) -> None:
    sum_: int = client.add(1, 2)
    assert sum_ == 3
    assert client.sum(1, 2, 3, 4) == 10
    assert client.subtract(minuend=42, subtrahend=23) == 19
    assert client.reverse_string("Grüße") == "eßürG"
    assert client.get_data() == ["hello", 5]
    assert client.echo({"a": [1, None]}) == {"a": [1, None]}
    user: User = client.site_get_user_info("bob")
    assert user["user"] == "bob"
    client.sleep(1)

url = sys.argv[1]
client = TinyrpcDemoClient(HttpCaller(url, timeout=20))
check(client)
for data in (None, [7]):
    try:
        client.fail(99, "no funds", data)
        assert False
    except RpcError as error:
        assert (error.code, error.message, error.data) == (99, "no funds", data)
client.update(1, "two")
assert client.received() == [["update", [1, "two"]]]
check(TinyrpcDemoClient(url))
check(TinyrpcDemoClient(RPCClient(JSONRPCProtocol(), HttpPostClientTransport(url))))
print("called")
"#;

const ARGUMENTS: &str = r#"
import json
from typing import Any
from everything import EverythingClient, Node

class Recorder:
    def call(self, method: str, args: list[Any], kwargs: dict[str, Any], one_way: bool = False) -> Any:
        return [args, kwargs, one_way]

client = EverythingClient(Recorder())
node: Node = {"label": "n"}
got: list[Any] = [
    client.either(1),
    client.either(1, "a"),
    client.either(1, None, "red"),
    client.by_position(None, [1.5]),
    client.by_position("a", [], None, "z"),
    client.by_name(node),
    client.by_name(node, 3),
    client.any(1, 2),
    client.any(a=1),
]
expected: list[Any] = [
    [[1], {}, False],
    [[1, "a"], {}, False],
    [[], {"first": 1, "third": "red"}, False],
    [[None, [1.5]], {}, False],
    [["a", [], None, "z"], {}, False],
    [[], {"self": node}, False],
    [[], {"self": node, "odd name": 3}, False],
    [[1, 2], {}, False],
    [[], {"a": 1}, False],
]
assert got == expected, json.dumps(got)
print("passed")
"#;

#[test]
fn it_is_typed_and_calls() {
    let Some(mypy) = installed("mypy") else { return };
    let demo = demo();
    let folder = folder("python");
    generate_into(&folder.join("demo.py"), "python", demo.url());
    generate_into(&folder.join("everything.py"), "python", EVERYTHING);
    generate_into(&folder.join("hostile.py"), "python", hostile::document(&folder).to_str().unwrap());
    fs::write(folder.join("calls.py"), CALLS).unwrap();
    fs::write(folder.join("arguments.py"), ARGUMENTS).unwrap();
    fs::write(folder.join("attack.py"), "import hostile\nassert not hasattr(hostile, 'pwned')\nprint('harmless')\n")
        .unwrap();
    let mut checked = vec!["demo.py", "everything.py", "hostile.py", "calls.py", "arguments.py"]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    for (number, document) in foreign().into_iter().flatten().enumerate() {
        let name = format!("foreign{number}.py");
        generate_into(&folder.join(&name), "python", document.to_str().unwrap());
        checked.push(name);
    }
    let import: String = checked.iter().map(|name| format!("import {}\n", name.trim_end_matches(".py"))).collect();
    fs::write(folder.join("imports.py"), import.replace("import calls\n", "").replace("import arguments\n", ""))
        .unwrap();
    // Python's tinyrpc itself has no types that mypy finds.
    let options = ["--strict", "--no-incremental", "--disable-error-code", "import-untyped"];
    succeeds(Command::new(mypy).args(options).args(&checked).current_dir(&folder));
    for (script, expected) in
        [("calls.py", "called\n"), ("arguments.py", "passed\n"), ("attack.py", "harmless\n"), ("imports.py", "")]
    {
        let script = folder.join(script);
        let Some(mut python) = python_command(script.to_str().unwrap(), &[demo.url()]) else { return };
        assert_eq!(succeeds(&mut python).stdout, expected);
    }
}
