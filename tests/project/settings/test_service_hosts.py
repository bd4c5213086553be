"""Addresses of services that stand in the source."""

from __future__ import annotations

import pytest

from reviewer.api import project


def hosts_in(text: str, path: str = "app/clients.py", **others: str) -> list[str]:
    files = {path: text, **{name.replace("__", "/") + ".py": content for name, content in others.items()}}
    return [found.host for found in project(files).service_hosts()]


@pytest.mark.parametrize(
    ("call", "host"),
    [
        ('redis.Redis("cache", 6379)', "cache"),
        ('redis.asyncio.Redis.from_url("redis://cache:6379")', "cache"),
        ('requests.Session().get("http://10.1.2.3/status")', "10.1.2.3"),
        ('requests.request("GET", "http://users.internal/1")', "users.internal"),
        ('requests.post("http://users:8000/" + name)', "users"),
        ('urllib.request.urlopen("http://localhost:8080/")', "localhost"),
        ('aiokafka.AIOKafkaProducer(bootstrap_servers=["kafka:9092"])', "kafka"),
        ('elasticsearch.Elasticsearch([{"host": "search", "port": 9200}])', "search"),
    ],
)
def test_a_literal_address_is_found_however_it_is_given(call: str, host: str):
    imports = "import aiokafka, elasticsearch, redis, redis.asyncio, requests, urllib.request\n\n\n"
    assert hosts_in(f"{imports}def connect(name):\n    return {call}\n") == [host]


@pytest.mark.parametrize(
    "call",
    [
        'requests.get("https://api.github.com/user")',
        'requests.get(f"http://{host}:8000/")',
        'requests.get(f"http://users:{port}/")',
        'requests.get("http://127.0.0.1:9000/")',
        'requests.get("http://metadata.google.internal/")',
        'requests.get("http://169.254.169.254/latest")',
        'requests.get(url).json().get("status")',
        'requests.get(url).headers.get("etag")',
        "redis.Redis(host=host)",
        'redis.Redis(unix_socket_path="/run/redis.sock", host="cache")',
    ],
)
def test_what_is_computed_public_or_beside_the_program_is_left_alone(call: str):
    assert hosts_in(f"import redis, requests\n\n\ndef connect(host, port, url):\n    return {call}\n") == []


def test_a_constant_of_another_module_is_followed_and_a_setting_is_not():
    found = hosts_in(
        "import redis\n\nfrom app.places import CACHE, QUEUE\n\nfirst = redis.Redis(CACHE)\nsecond = redis.Redis(QUEUE)\n",
        app__places='import os\n\nCACHE = "cache"\nQUEUE = os.getenv("QUEUE", "queue")\n',
    )
    assert found == ["cache"]


def test_a_configuration_that_another_one_replaces_is_left_alone():
    text = 'from flask import Flask\n\napp = Flask(__name__)\napp.config["BROKER"] = "redis://queue/0"\n'
    assert hosts_in(text) == ["queue"]
    assert hosts_in(text + 'app.config.from_envvar("SHOP_CONFIG")\n') == []
