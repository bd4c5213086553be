"""Files of environment variables: what is a secret in them, and which only show what there is."""

from __future__ import annotations

import pytest

from reviewer.api import project


def secrets_of(text: str, path: str = ".env") -> list[str]:
    (file,) = project({path: text}).environment_files
    return [one.name for one in file.secrets]


def test_a_value_drawn_by_chance_is_a_secret_where_the_name_says_so():
    text = "JWT_SECRET=Zr8t1Lq0Wm5Xc7Vb2Np4\nBUILD_HASH=Zr8t1Lq0Wm5Xc7Vb2Np4\n"
    assert secrets_of(text) == ["JWT_SECRET"]


def test_a_token_of_a_known_form_is_a_secret_under_any_name():
    assert secrets_of(f"DEPLOYER=ghp_{'a1B2' * 9}\n") == ["DEPLOYER"]


@pytest.mark.parametrize(
    "line",
    [
        "API_KEY=",
        "API_KEY=${VAULT_KEY}",
        "API_KEY=your-api-key-0123456789",
        "POSTGRES_PASSWORD=postgres",
        "# API_KEY=Zr8t1Lq0Wm5Xc7Vb2Np4",
        "NEXT_PUBLIC_API_KEY=Zr8t1Lq0Wm5Xc7Vb2Np4",
        "DATABASE_URL=postgresql://app:Kettle-91x@localhost/app",
        "DATABASE_URL=postgresql://app:Kettle-91x@db/app",
        "not an assignment",
    ],
)
def test_what_stands_for_a_secret_is_none(line: str):
    assert secrets_of(line + "\n") == []


def test_quotes_exports_and_comments_belong_to_no_value():
    text = "export API_KEY='Zr8t1Lq0Wm5Xc7Vb2Np4'  # of billing\nAUTH_TOKEN=Qk3v9Xw2Zp7Lm1 # of mail\n"
    assert secrets_of(text) == ["API_KEY", "AUTH_TOKEN"]


def test_a_url_with_a_password_for_another_machine_is_a_secret():
    assert secrets_of("BROKER=amqps://app:Kettle-91x@mq.shop.io/app\n") == ["BROKER"]


@pytest.mark.parametrize("path", [".env.example", ".env.dist", ".env.local.sample", ".env.test", "docs/.env"])
def test_files_for_show_are_known_by_their_place(path: str):
    (file,) = project({path: "A=1\n"}).environment_files
    assert file.is_for_show


@pytest.mark.parametrize("path", [".env", ".env.production", "deploy/.env.local"])
def test_files_in_use_are_known_by_their_place(path: str):
    (file,) = project({path: "A=1\n"}).environment_files
    assert not file.is_for_show
