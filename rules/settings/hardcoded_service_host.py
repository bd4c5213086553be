"""Reports services that are connected to at an address in the source."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class HardcodedServiceHost(Rule):
    """Finds calls that connect to Redis, a broker, a mail server or an own HTTP service at an address in the source.

    ## What it reports
    A literal host or URL, or a constant that is nothing but one, given to what connects:

    - clients of Redis, Celery's `broker` and `backend`, RabbitMQ, Kafka, NATS, mail servers, search, vector databases,
      object storage, LDAP, gRPC, Memcached;
    - requests of `requests`, `httpx`, `aiohttp` and `urllib` to a host of the own network: the own machine, a host
      without a dot (`http://billing:8000`), a private address, `….internal` and its kind. Public addresses of others,
      as `https://api.github.com`, are the same everywhere and left alone.

    Defaults that the environment replaces are no findings: of a settings class, of `os.getenv`, of a parameter. Neither
    are tests, examples, scripts, commands, calls below `if __name__ == "__main__"`, an address of which host or port is
    computed, and clients with a transport of their own. Databases are `hardcoded-database-url`'s.

    ## Why
    An address in the source ties the program to one environment. In the next one, a container, a staging system or a
    developer's machine, it talks to nothing or, worse, to the wrong system, and nobody can change that without a
    release.

    ## When to ignore it
    Where the address is part of the deployment unit itself, as a sidecar that always listens on one port of the same
    pod.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = (
        "Use environment variables for configuration",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
    )
    references = ("https://12factor.net/backing-services",)
    bad = (
        {
            "shop/__init__.py": """\
from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["CELERY_BROKER_URL"] = "redis://queue:6379/0"  # <- hardcoded-service-host
    return app
""",
        },
        {
            "app/cache.py": """\
import redis.asyncio as redis

client = redis.Redis(
    host="redis",  # <- hardcoded-service-host
    port=6379,
)
sessions = redis.from_url("redis://localhost:6379/1")  # <- hardcoded-service-host
""",
            "app/addresses.py": 'BILLING_URL = "http://billing:8000"\n',
            "app/billing.py": """\
import httpx

from app.addresses import BILLING_URL


async def invoices(customer_id: int) -> list[dict]:
    async with httpx.AsyncClient(
        base_url=BILLING_URL,  # <- hardcoded-service-host
    ) as client:
        response = await client.get(f"/customers/{customer_id}/invoices")
        return response.json()


async def stock(item_id: int) -> dict:
    async with httpx.AsyncClient() as client:
        response = await client.get(f"http://10.0.3.7:8080/stock/{item_id}")  # <- hardcoded-service-host
        return response.json()
""",
        },
        """\
import smtplib

from celery import Celery
from flask import Flask

app = Flask(__name__)
celery = Celery("shop", broker="amqp://guest:guest@rabbitmq:5672//")  # <- hardcoded-service-host


@app.post("/contact")
def contact():
    with smtplib.SMTP("mail.shop.internal", 25) as server:  # <- hardcoded-service-host
        server.sendmail("shop@example.com", ["help@example.com"], "Hello")
    return "", 204
""",
    )
    good = (
        {
            "app/config.py": """\
import os

from pydantic_settings import BaseSettings

REDIS_URL = os.getenv("REDIS_URL", "redis://localhost:6379/0")


class Settings(BaseSettings):
    billing_url: str = "http://billing:8000"
    smtp_host: str = "localhost"


settings = Settings()
""",
            "app/clients.py": """\
import smtplib

import httpx
import redis

from app.config import REDIS_URL, settings

cache = redis.Redis.from_url(REDIS_URL)
github = httpx.Client(base_url="https://api.github.com")
local = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds="/run/runner.sock"), base_url="http://runner")


def connect(host: str = "localhost") -> redis.Redis:
    return redis.Redis(host=host)


def send(message: str) -> None:
    with smtplib.SMTP(settings.smtp_host) as server:
        server.sendmail("shop@example.com", ["help@example.com"], message)


async def repositories(owner: str) -> list[dict]:
    async with httpx.AsyncClient() as client:
        response = await client.get(f"https://api.github.com/users/{owner}/repos")
        return response.json()


def ready() -> bool:
    return httpx.get("http://127.0.0.1:1984/api/streams").is_success


def profile(port: int) -> dict:
    return httpx.get(f"http://127.0.0.1:{port}/profile").json()
""",
            "settings.py": """\
import os


class Config:
    CACHE_URL = "redis://localhost:6379/0"
    BROKER_URL = os.environ["BROKER_URL"]


class ProductionConfig(Config):
    CACHE_URL = os.environ["CACHE_URL"]


class DevelopmentConfig(Config):
    BROKER_URL = "amqp://localhost"
""",
            "scripts/warm_up.py": 'import requests\n\nrequests.get("http://localhost:8000/health")\n',
        },
        """\
import uvicorn
import requests
from fastapi import FastAPI

app = FastAPI()

if __name__ == "__main__":
    requests.get("http://localhost:9000/ready")
    uvicorn.run(app, host="127.0.0.1")
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the addresses of services in the source."""
        for found in project.service_hosts():
            yield self.at(
                found.place,
                f"`{found.name}` leads to {found.service} at `{found.host}`, which stands in the source.",
                hint="Read the address from the environment through the settings.",
                symbol=found.symbol,
            )
