//! Generated TypeScript: passes `tsc --strict`, and calls the sample service in Node.js.

use std::fs;
use std::process::Command;

use tinyrpc_interop::installed;

use crate::hostile;
use crate::support::{EVERYTHING, demo, folder, foreign, generate_into, succeeds};

const CALLS: &str = r#"
import { RpcError, TinyrpcDemoClient, type User } from "./demo.js";
import { EverythingClient, type Node } from "./everything.js";
import "./hostile.js";

declare const process: { argv: string[] };

function equal(got: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${left} is not ${right}`);
}

const client = new TinyrpcDemoClient(process.argv[2]!);
const sum: number = await client.add(1, 2);
equal(sum, 3);
equal(await client.sum([1, 2, 3, 4]), 10);
equal(await client.subtract(42, 23), 19);
equal(await client.reverseString("Grüße"), "eßürG");
const data: [string, number] = await client.getData();
equal(data, ["hello", 5]);
equal(await client.echo({ a: [1, null] }), { a: [1, null] });
const user: User = await client.siteGetUserInfo("bob");
equal(user.user, "bob");
await client.sleep(1);
for (const data of [undefined, [7]]) {
  try {
    await client.fail(99, "no funds", data);
    throw new Error("it did not fail");
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    equal([error.code, error.message, error.data], [99, "no funds", data]);
  }
}
await client.update([1, "two"]);
equal(await client.received(), [["update", [1, "two"]]]);

const everything = new EverythingClient(async (method, params, notification) => [method, params, notification]);
const node: Node = { label: "n" };
equal(await everything.either(1), ["either", [1], false]);
equal(await everything.either(1, "a"), ["either", [1, "a"], false]);
equal(await everything.either(1, undefined, "red"), ["either", { first: 1, third: "red" }, false]);
equal(await everything.byPosition(undefined, [1.5]), ["by.position", [null, [1.5]], false]);
equal(await everything.byPosition("a", [], undefined, "z"), ["by.position", ["a", [], null, "z"], false]);
equal(await everything.byName(node), ["by-name", { self: node }, false]);
equal(await everything.byName(node, 3), ["by-name", { self: node, "odd name": 3 }, false]);
equal(await everything.any({ a: 1 }), ["any", { a: 1 }, false]);
if ("pwned" in globalThis) throw new Error("a document ran code");
console.log("called");
"#;

#[test]
fn it_is_typed_and_calls() {
    let (Some(node), Some(tsc)) = (installed("node"), installed("typescript/bin/tsc")) else { return };
    let demo = demo();
    let folder = folder("typescript");
    generate_into(&folder.join("demo.ts"), "typescript", demo.url());
    generate_into(&folder.join("everything.ts"), "typescript", EVERYTHING);
    generate_into(&folder.join("hostile.ts"), "typescript", hostile::document(&folder).to_str().unwrap());
    fs::write(folder.join("calls.ts"), CALLS).unwrap();
    fs::write(folder.join("package.json"), r#"{"type": "module"}"#).unwrap();
    let mut checked = vec!["calls.ts".to_owned()];
    for (number, document) in foreign().into_iter().flatten().enumerate() {
        let name = format!("foreign{number}.ts");
        generate_into(&folder.join(&name), "typescript", document.to_str().unwrap());
        checked.push(name);
    }
    let options = "--strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --target es2022 --module nodenext --lib es2022,dom";
    succeeds(Command::new(&node).arg(tsc).args(options.split(' ')).args(&checked).current_dir(&folder));
    assert_eq!(succeeds(Command::new(node).arg(folder.join("calls.js")).arg(demo.url())).stdout, "called\n");
}
