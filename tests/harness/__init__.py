"""What the stories are told with: a gateway, back ends, memcached, a store.

Every part is started on loopback, in a temporary folder that the workers'
user can enter, and is stopped by its own process id.
"""

from .backend import Backend, Request
from .build import BUILD, MODULE, NGINX, REPOSITORY, sanitized
from .client import Response, fetch, raw_request
from .folder import make_folder, remove_folder
from .gateway import Gateway
from .grayd import Grayd
from .log import LogError
from .memcached import Memcached
from .process import alive, children, state
from .store import Result, Store
from .wait import port, ports, wait_for

__all__ = [
    "BUILD", "Backend", "Gateway", "Grayd", "LogError", "MODULE", "Memcached",
    "NGINX", "REPOSITORY", "Request", "Response", "Result", "Store", "alive",
    "children", "fetch", "make_folder", "port", "ports", "raw_request",
    "remove_folder", "sanitized", "state", "wait_for",
]
