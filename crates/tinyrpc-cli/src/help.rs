//! What `--help` says beyond the list of options.

pub(crate) const MAIN: &str = "\
Try it:
  tinyrpc demo
  tinyrpc call http://127.0.0.1:5000/ reverse_string 'Hello, world!'

Endpoints:
  http://HOST:PORT/PATH          POST requests
  ws://HOST:PORT/PATH            WebSocket
  tcp://HOST:PORT, unix:///PATH  a stream of messages; ?framing=line|header|length|json|msgpack
  stdio:                         the same on standard input and output, to listen at
  exec:COMMAND ARG...            the same with a command that is started, to call; words may be
                                 quoted, and what it prints to standard error is logged as info
  cgi:PROGRAM ARG...             a CGI program, started for each message, to call
  zmq+tcp://HOST:PORT, zmq+ipc:///PATH
                                 ZeroMQ
  amqp://USER:PASSWORD@HOST:PORT/VHOST?queue=NAME
                                 RabbitMQ
Each takes ?protocol=jsonrpc|jsonrpc1|msgpack. All but HTTP and RabbitMQ, whose
headers say it anyway, take ?metadata=on: each JSON-RPC call says how long its caller waits. https:,
wss: and amqps: are the same over TLS; to listen at the first two, add ?cert=FILE&key=FILE, both PEM.

Exit status:
  0  a result
  1  the call returned an error, printed as JSON on standard error
  2  the command line makes no sense
  3  no connection, or no reply in time
  4  what came back is no reply, or the other side refused the message

Standard output holds results only. TINYRPC_LOG=debug shows what happens inside.";

pub(crate) const DEMO: &str = "\
Prints `listening on URL` for each endpoint when it is ready. Ctrl-C stops it: calls that run
may end, for 10 s; a second Ctrl-C ends it at once.

Methods:
  echo(value)                    the value, unchanged
  reverse_string(s)              the string backwards
  add(a, b), sum(...)            64-bit integers
  subtract(minuend, subtrahend)
  get_data()                     [\"hello\", 5]
  sleep(ms)                      null, after at most 60,000 ms
  fail(code, message, data)      an error; data may be left out
  site.get_user_info(user)       {\"user\": user}
  update(...), notify_hello(...), notify_sum(...)
                                 null; made for notifications
  received()                     the newest 1,000 calls of these three, as [method, arguments]
  subscribe_ticks(interval_ms, count)
                                 a subscription to 0, 1, 2 and so on, for ever without a count;
                                 needs a link, such as ws: or tcp:; ends by unsubscribe_ticks(id)

Examples:
  tinyrpc demo
  tinyrpc demo --listen http://127.0.0.1:0/ --trace
  tinyrpc demo --listen http://127.0.0.1:0/ --listen 'http://127.0.0.1:0/?protocol=msgpack'";

pub(crate) const CALL: &str = "\
Arguments:
  An ARG that is valid JSON is that value, digit for digit; anything else is a string.
  NAME=TEXT passes the text, NAME:=JSON the value, as an argument of that name. A NAME starts
  with a letter or `_` and goes on with letters, digits, `_`, `-` and `.`. Positional and named
  arguments cannot be mixed.
  Text that looks like something else is written as JSON: '\"a=b\"', '\"5\"'. After `--` nothing
  is an option.

Results are JSON, up to 64 MiB. MessagePack has values that JSON has not: bytes are printed as an
array of numbers, an extension as [TYPE, BYTES], a float that is not finite as null. It has no
numbers beyond 64 bits; such an ARG is refused.

Examples:
  tinyrpc call http://127.0.0.1:5000/ add 1 -2
  tinyrpc call http://127.0.0.1:5000/ subtract minuend:=42 subtrahend:=23
  tinyrpc call http://127.0.0.1:5000/ echo '{\"a\": [1, 2.50]}' --protocol msgpack
  tinyrpc call 'http://127.0.0.1:5000/?protocol=msgpack' reverse_string Hello --raw
  tinyrpc call http://127.0.0.1:5000/ site.get_user_info user=bob --timeout 0.5 --trace
  tinyrpc call http://127.0.0.1/cgi-bin/rpc.py echo 'Grüße, 100 %' --ascii

Exit status: 0 result, 1 error returned, 2 usage, 3 no connection or no reply in time, 4 no reply.";

pub(crate) const NOTIFY: &str = "\
Arguments are those of `tinyrpc call`. Nothing is printed. That the method ran well cannot be known.

Examples:
  tinyrpc notify http://127.0.0.1:5000/ update 1 2 3
  tinyrpc notify http://127.0.0.1:5000/ notify_hello who=me

Exit status: 0 sent, 2 usage, 3 no connection or not sent in time, 4 refused.";

pub(crate) const DISCOVER: &str = "\
Asks the service for its OpenRPC document (`rpc.discover`), or reads one. The table marks arguments
that may be left out with `?`; a method without a result is meant to be notified. It is as wide as
the terminal, or as COLUMNS says.

Examples:
  tinyrpc discover http://127.0.0.1:5000/
  tinyrpc discover http://127.0.0.1:5000/ --json > service.json
  tinyrpc discover service.json --table

Exit status: 0 a document, 1 the service does not describe itself, 2 usage, 3 no connection or no
reply in time, 4 what came back is no OpenRPC document.";

pub(crate) const GENERATE: &str = "\
Writes one file, from the OpenRPC document of a service or of a file: types for its schemas, and a
client with one method for each of its methods.
  rust        a module that uses the crates tinyrpc, serde (with `derive`) and serde_json
  python      a module for Python 3.11 or later that needs nothing else; its client also takes an
              RPCClient of Python's tinyrpc
  typescript  a module for browsers, Node.js 18 or later, Deno and Bun that needs nothing else

A type can hold every value that its schema allows. What the schema says beyond that, such as
`minimum` or `pattern`, stands in the documentation. Where a type cannot be written, nothing is, and
each such place is listed with its path in the document.

Examples:
  tinyrpc generate rust http://127.0.0.1:5000/ -o src/demo.rs
  tinyrpc generate python service.json > service.py

Exit status: 0 written, 1 something cannot be expressed or the service does not describe itself,
2 usage, 3 no connection or no reply in time, 4 what came back is no OpenRPC document.";

pub(crate) const SUBSCRIBE: &str = "\
Arguments are those of `tinyrpc call`. Needs a link: a ws:, tcp:, unix:, exec: or ZeroMQ endpoint.

Calls METHOD, whose result is the subscription's id, and prints the items of all notifications that
carry it, as {\"subscription\": ID, \"result\": ITEM}: one line of JSON for each. With --notification
only those of that method count, which may also carry [ID, ITEM]. Ctrl-C, --count and a reader that
goes away unsubscribe. Standard error tells what ended it otherwise.

The method that unsubscribes follows from METHOD, unless it is given: eth_unsubscribe from
eth_subscribe, unsubscribe_ticks from subscribe_ticks, unsubscribe_x from x.

Examples:
  tinyrpc demo --listen ws://127.0.0.1:5001/
  tinyrpc subscribe ws://127.0.0.1:5001/ subscribe_ticks 500 --count 10
  tinyrpc subscribe ws://127.0.0.1:8545/ eth_subscribe newHeads

Exit status: 0 the other side had no more items, or the user had enough; 1 the subscription was
refused, or ended by an error, which is printed as JSON on standard error; 2 usage; 3 no connection,
or it was lost; 4 no reply.";

pub(crate) const CGI: &str = "\
Serves the methods of `tinyrpc demo`, one request for each process. A web server that starts
`tinyrpc` itself, without arguments, gets the same. For options, or where such a program must be a
script:
  #!/bin/sh
  exec tinyrpc cgi --protocol jsonrpc

Under a web server a query without `=` is refused when there are arguments: some servers pass its
words as arguments, which a visitor chose.

To call a CGI program without a web server, as `tinyrpc tour` does:
  tinyrpc call 'cgi:tinyrpc cgi' add 1 2

Some servers call a request without Content-Type text/plain, and Python's tinyrpc client sends none:
such a pair needs --any-content-type.";

pub(crate) const BATCH: &str = "\
Input: JSON values one after the other, usually one on each line. Each is a call,
  {\"method\": \"add\", \"params\": [1, 2]}     params may be an array, an object or left out
  {\"method\": \"update\", \"notify\": true}    a notification
  [\"add\", 1, 2]                           short for positional arguments
or an array of calls.

Output: one line of JSON for each call, in the order of the calls: {\"result\": ...} or
{\"error\": {...}}. Notifications have none.

Examples:
  printf '%s\\n' '[\"add\", 1, 2]' '[\"get_data\"]' | tinyrpc batch http://127.0.0.1:5000/
  tinyrpc batch http://127.0.0.1:5000/ calls.jsonl

MessagePack-RPC and JSON-RPC 1.0 have no batches.

Exit status: 0 results only, 1 some call returned an error, 2 usage, 3 no connection or no reply
in time, 4 no reply.";

pub(crate) const TOUR: &str = "\
Serves the sample service of `tinyrpc demo` on free ports of this machine, calls it in every way
that the protocol has, and measures the median time of a small call. Takes a few seconds.
What cannot be tried here is left out, and how to get it is said. RabbitMQ is tried at the broker
that TINYRPC_AMQP_URL names, on queues that go in the end.

Exit status: 0 all is well, 1 something failed.";
