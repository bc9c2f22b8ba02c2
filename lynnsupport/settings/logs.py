"""Where log lines go and what they look like: one structure, JSON in production, plain text by hand."""

import logging

import structlog

SHARED_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED_PROCESSORS,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def logging_config(*, as_json: bool, level: int = logging.INFO) -> dict[str, object]:
    """The value of LOGGING: everything to standard error through structlog's formatter."""
    # rich tracebacks would print local variables, passwords among them, and take seconds each
    by_hand = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    last = [structlog.processors.JSONRenderer()] if as_json else [by_hand]
    before_last = [structlog.processors.format_exc_info] if as_json else []
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED_PROCESSORS,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *before_last,
                    *last,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": "INFO"},  # and with it none of the handlers that Django brings along
            # each request and each task is already told by django_structlog
            "django.server": {"level": "WARNING", "propagate": True},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            # strangers who try host names may not fill the log
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }
