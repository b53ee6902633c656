"""python-slimta as the bench runs it: its SMTP edge, its queue on RedisStorage, its relay to a smarthost.

    python_slimta.py PORT REDIS_PORT SINK_PORT
"""
import sys

from gevent import monkey

monkey.patch_all()

from slimta.edge.smtp import SmtpEdge
from slimta.queue import Queue
from slimta.redisstorage import RedisStorage
from slimta.relay.smtp.static import StaticSmtpRelay

port, redis_port, sink_port = map(int, sys.argv[1:])
relay = StaticSmtpRelay("127.0.0.1", sink_port, pool_size=20, ehlo_as="mx.bench")
queue = Queue(RedisStorage(port=redis_port), relay)
queue.start()
edge = SmtpEdge(("127.0.0.1", port), queue, hostname="mx.bench")
edge.start()
edge.get()
