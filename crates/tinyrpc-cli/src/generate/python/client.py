
    def __init__(self, caller: Caller | str) -> None:
        """Calls by way of `caller`, or the service at this HTTP URL."""
        self._caller: Caller = HttpCaller(caller) if isinstance(caller, str) else caller
