"""Prints the names of the transports that tinyrpc has, one a line."""

import pkgutil

import tinyrpc.transports

print("\n".join(sorted(module.name for module in pkgutil.iter_modules(tinyrpc.transports.__path__))))
