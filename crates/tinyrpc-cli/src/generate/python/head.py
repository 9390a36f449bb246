
from __future__ import annotations

import itertools
import json
import urllib.error
import urllib.request
from typing import Any, Literal, NotRequired, Protocol, TypeAlias, TypedDict, cast


class RpcError(Exception):
    """The service returned an error."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{message} (code {code})")
        self.code = code
        self.message = message
        self.data = data


class Caller(Protocol):
    """What carries calls to the service: HttpCaller, or an RPCClient of Python's tinyrpc."""

    def call(self, method: str, args: list[Any], kwargs: dict[str, Any], one_way: bool = False) -> Any: ...


class HttpCaller:
    """Calls by JSON-RPC 2.0 over HTTP. A call that takes longer than `timeout` seconds fails."""

    def __init__(self, url: str, timeout: float = 30.0, headers: dict[str, str] | None = None) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"not an HTTP URL: {url}")
        self._url = url
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self._ids = itertools.count(1)

    def call(self, method: str, args: list[Any], kwargs: dict[str, Any], one_way: bool = False) -> Any:
        request: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
        if args or kwargs:
            request["params"] = args or kwargs
        if not one_way:
            request["id"] = next(self._ids)
        message = urllib.request.Request(self._url, json.dumps(request).encode(), self._headers)
        try:
            with urllib.request.urlopen(message, timeout=self._timeout) as response:
                body = response.read()
        except urllib.error.HTTPError as error:
            # Errors of JSON-RPC may come under an error status.
            body = error.read()
            if not body.lstrip().startswith(b"{"):
                raise
        if one_way:
            return None
        reply = json.loads(body)
        if isinstance(reply, dict) and isinstance(reply.get("error"), dict):
            error_object = reply["error"]
            raise RpcError(error_object.get("code", 0), error_object.get("message", ""), error_object.get("data"))
        if not isinstance(reply, dict) or reply.get("id") != request["id"] or "result" not in reply:
            raise ValueError("what came back is no reply to the call")
        return reply["result"]


def _arguments(structure: str, given: list[tuple[str, Any, bool]]) -> tuple[list[Any], dict[str, Any]]:
    """Leaves out what is None and need not be given: by position at the end only, by name anywhere."""
    positional = list(given)
    while positional and positional[-1][1] is None and not positional[-1][2]:
        positional.pop()
    has_gap = any(value is None and not required for _, value, required in positional)
    if structure == "by-name" or (structure == "either" and has_gap):
        return [], {name: value for name, value, required in given if required or value is not None}
    return [value for _, value, _ in positional], {}
