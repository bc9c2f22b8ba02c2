"""How gunicorn serves the portal: `gunicorn -c deploy/gunicorn.conf.py lynnsupport.wsgi:application`."""

import os

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 30
graceful_timeout = 20
keepalive = 5
accesslog = None  # each request is already told by the portal's own log, with its id
control_socket_disable = True  # it would stand in the home folder, which a service may not have


def post_worker_init(_worker) -> None:
    from lynnsupport.common.memory import keep_what_is_loaded  # the portal is loaded by now

    keep_what_is_loaded()
