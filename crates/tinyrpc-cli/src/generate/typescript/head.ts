
/** Carries a call to the service and gives its result; nothing for a notification. */
export type Transport = (
  method: string,
  params: unknown[] | { [name: string]: unknown } | undefined,
  notification: boolean,
) => Promise<unknown>;

/** The service returned an error. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.data = data;
  }
}

/** Calls by JSON-RPC 2.0 over HTTP. A call that takes longer than `timeout` milliseconds fails. */
export function http(url: string, options: { timeout?: number; headers?: { [name: string]: string } } = {}): Transport {
  let last = 0;
  return async (method, params, notification) => {
    const id = notification ? undefined : ++last;
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...options.headers },
      body: JSON.stringify({ jsonrpc: "2.0", method, params, id }),
      signal: AbortSignal.timeout(options.timeout ?? 30_000),
    });
    const body = await response.text();
    if (notification) return undefined;
    let reply: { id?: unknown; result?: unknown; error?: { code?: number; message?: string; data?: unknown } | null } | null;
    try {
      reply = JSON.parse(body);
    } catch {
      throw new Error(`what came back, with status ${response.status}, is no JSON`);
    }
    if (reply?.error) throw new RpcError(reply.error.code ?? 0, reply.error.message ?? "", reply.error.data);
    if (reply?.id !== id || reply?.result === undefined) throw new Error("what came back is no reply to the call");
    return reply.result;
  };
}

/** Leaves out what is undefined: by position at the end only, by name anywhere, if names may be used. */
function positional(given: [string, unknown][], either: boolean): unknown[] | { [name: string]: unknown } {
  const values = given.map(([, value]) => value);
  while (values.length > 0 && values[values.length - 1] === undefined) values.pop();
  if (either && values.includes(undefined)) return Object.fromEntries(given);
  return values.map((value) => value ?? null);
}
