"""A file of environment variables with secrets is kept in the repository."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity

SHOWN_NAMES = 3


class EnvFileCommitted(Rule):
    """Finds `.env` files with real secrets in them that go into the repository.

    ## What it reports
    `.env`, `.env.production` and their kind, among the files that git tracks or would track, that hold at least one
    secret: a variable with the name of a secret (`…_SECRET`, `…_PASSWORD`, `…_TOKEN`, `…_API_KEY`) whose value looks
    drawn by chance, a value with the form of a known service's token, or a URL with a password that leads to another
    machine. One finding a file, at the first secret; no value is shown.

    Not reported are empty values, references (`${PASSWORD}`), values that stand for one (`changeme`, `postgres`), files
    that show what there is (`.env.example`, `.env.template`, `.env.dist`), and those of tests and examples.

    ## Why
    Whoever may read the repository, now or in any old copy, has the keys. Git keeps the file in its history after it
    was deleted, so the only remedy is to replace every secret in it.

    ## When to ignore it
    For keys of a development service that nobody can reach from outside.

    ## Known limits
    A file that is tracked although an ignore file names it is not seen, as it is not by all other rules. An ignore
    file outside the repository does not count.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 538
    checklist = (
        "Use environment variables for configuration",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Maintain high code quality and security",
    )
    references = (
        "https://cwe.mitre.org/data/definitions/538.html",
        "https://12factor.net/config",
    )
    bad = (
        {
            ".env": """\
# production
APP_NAME=shop
SMTP_HOST=mail.example.com
STRIPE_API_KEY="k7Qz0p-91LxVb3nTe8"  # <- env-file-committed
JWT_SECRET=Zr8t1Lq0Wm5Xc7Vb2Np4
DEBUG=false
""",
            "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        },
        {
            "deploy/.env.prod": (
                "WORKERS=4\nexport DATABASE_URL=postgresql://shop:Kettle-91@db.shop.io/shop  # <- env-file-committed\n"
            ),
        },
    )
    good = (
        {
            ".env.example": "JWT_SECRET=Zr8t1Lq0Wm5Xc7Vb2Np4\n",
            ".env.test": "JWT_SECRET=Zr8t1Lq0Wm5Xc7Vb2Np4\n",
            ".env": """\
SECRET_KEY=changethis
POSTGRES_PASSWORD=postgres
API_KEY=
ACCESS_TOKEN_EXPIRE_MINUTES=30
DATABASE_URL=postgresql://app:${POSTGRES_PASSWORD}@db.example.com/app
REDIS_URL=redis://:devpassword1@localhost:6379/0
TOKEN_URL=https://auth.example.com/oauth2/token
NEXT_PUBLIC_API_KEY=k7Qz0p91LxVb3nTe8
# OLD_SECRET=Zr8t1Lq0Wm5Xc7Vb2Np4
""",
        },
        {"docs/.env": "JWT_SECRET=Zr8t1Lq0Wm5Xc7Vb2Np4\n"},
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the environment files that hold secrets."""
        for file in project.environment_files:
            secrets = file.secrets
            if not secrets or file.is_for_show:
                continue
            names = [f"`{one.name}`" for one in secrets[:SHOWN_NAMES]]
            more = len(secrets) - len(names)
            listed = ", ".join(names) + (f" and {more} more" if more else "")
            yield self.at(
                secrets[0].place,
                f"`{file.path}` goes into the repository with real secrets in it: {listed}.",
                hint="Name the file in `.gitignore`, remove it with `git rm --cached`, and replace the secrets.",
                symbol=file.path,
            )
