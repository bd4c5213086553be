"""The project signs in or makes tokens with a library that nobody maintains."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity

RELATED_LIMIT = 3


class UnmaintainedAuthLibrary(Rule):
    """Finds libraries for passwords, tokens and signing in that are not maintained any more.

    ## What it reports
    Once for each library that the project imports, at the line that requires it or at the first import: python-jose,
    passlib, fastapi-jwt-auth, Flask-JWT, Flask-OAuthlib, Flask-OpenID, Flask-BasicAuth, Flask-User, python-jwt,
    oauth2client, PyCrypto, and aioredis, which holds sessions in many applications. The message says what is known of
    it, and the hint what took its place.

    Tests, documentation and examples are left out.

    ## Why
    What guards an application is looked at by those who attack it. A library without maintainers gets no fix when
    something is found, and stops working with the next version of Python or of what it builds on: passlib fails with
    current releases of bcrypt, and python-jose stood open for years with a known confusion of algorithms.

    ## When to ignore it
    Where a maintained fork is installed by the same name, or the library only reads what an earlier version stored.
    """

    category = Category.SECURITY
    severity = Severity.WARNING
    cwe = 1104
    owasp = "API8:2023"
    checklist = (
        "Use JWT for authentication",
        "Hash passwords",
        "Secure authentication",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/security/oauth2-jwt/",
        "https://cwe.mitre.org/data/definitions/1104.html",
    )
    bad = (
        {
            "requirements.txt": "fastapi==0.115.0\npasslib[bcrypt]==1.7.4  # <- unmaintained-auth-library\n",
            "app/security.py": """\
from jose import JWTError, jwt  # <- unmaintained-auth-library
from passlib.context import CryptContext

passwords = CryptContext(schemes=["bcrypt"])


def subject(token: str, key: str) -> str | None:
    try:
        return jwt.decode(token, key, algorithms=["HS256"])["sub"]
    except JWTError:
        return None
""",
        },
    )
    good = (
        {
            "requirements.txt": "fastapi==0.115.0\npyjwt==2.9.0\npython-jose-types\n",
            "app/security.py": "import jwt\nfrom pwdlib import PasswordHash\n\nhasher = PasswordHash.recommended()\n",
            "tests/test_tokens.py": "from jose import jwt\n",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the libraries that nobody maintains."""
        for found in project.unmaintained_libraries():
            yield self.at(
                found.place,
                f"`{found.library.name}` {found.library.reason}.",
                hint=f"Move to {found.library.successor}.",
                symbol=found.library.name,
                related=tuple(Related(place, "imported here") for place in found.imports[:RELATED_LIMIT]),
            )
