"""Reports containers for production that start a development server."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class ContainerDevServer(Rule):
    """Finds images and production services that start a development server or switch the debugger on.

    ## What it reports
    - `CMD` and `ENTRYPOINT` of an image, exec or shell form: `uvicorn --reload` (hypercorn, granian and gunicorn too),
      `fastapi dev`, `flask run`, `quart run`, `manage.py runserver`, and `python app.py` or `python -m app` where that
      file of the project ends in `app.run(…)` of Flask or in `uvicorn.run(…, reload=True)`.
    - `FLASK_DEBUG=1` and `FLASK_ENV=development` in `ENV`.
    - The same in `command`, `entrypoint` and `environment` of Compose services that are for production.

    An image is judged by its last stage, which is what `docker build` makes, with what it inherits from stages before;
    where a Compose file for production builds another target or sets a command of its own, by that. If the last stage
    is named for development, the stage named for production counts.

    Files and stages named for development are left out (`Dockerfile.dev`, `docker-compose.override.yml`,
    `.devcontainer`, `local`, `test`, `ci`), and so is a plain `Dockerfile` beside a `Dockerfile.prod`, a service named
    for development, and one whose `profiles` all are. A plain Compose file is a means of local development in most
    repositories, and `--reload` is right there: it is judged only if an override lies beside it, which then holds what
    is for development and leaves the plain file to what is deployed.

    ## Why
    A development server watches files, serves from one process, has no limits and no graceful stop. Flask's debugger
    lets everybody who provokes an error run Python on the machine. An image is built once and runs everywhere: whoever
    starts it without a command of their own gets this server.

    ## When to ignore it
    For an image that is never deployed; name it `Dockerfile.dev`, and no reader and no tool takes it for another.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 489
    checklist = (
        "All development MUST be done using Docker Compose with containers for local development, NOT by running services directly on the local machine",  # noqa: E501
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Maintain high code quality and security",
    )
    references = (
        "https://cwe.mitre.org/data/definitions/489.html",
        "https://flask.palletsprojects.com/en/stable/deploying/",
        "https://fastapi.tiangolo.com/deployment/docker/",
    )
    bad = (
        {
            "Dockerfile": (
                "FROM python:3.12-slim\n"
                "WORKDIR /app\n"
                "COPY . .\n"
                'CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--reload"]  # <- container-dev-server\n'
            ),
        },
        {
            "Dockerfile": (
                "FROM python:3.12-slim AS base\n"
                "ENV FLASK_APP=shop FLASK_DEBUG=1  # <- container-dev-server\n"
                "FROM base AS runtime\n"
                "CMD flask db upgrade && exec flask run --host=0.0.0.0  # <- container-dev-server\n"
            ),
        },
        {
            "backend/Dockerfile": 'FROM python:3.12\nCMD ["python", "/code/app.py"]  # <- container-dev-server\n',
            "backend/app.py": (
                "from flask import Flask\n\n\ndef create_app():\n    return Flask(__name__)\n\n\n"
                'app = create_app()\n\nif __name__ == "__main__":\n    app.run(host="0.0.0.0", debug=True)\n'
            ),
        },
        {
            "compose.yml": (
                "services:\n"
                "  backend:\n"
                "    build: ./backend\n"
                "    command: fastapi dev --host 0.0.0.0  # <- container-dev-server\n"
            ),
            "compose.override.yml": "services:\n  backend:\n    volumes: [./backend:/app]\n",
            "backend/Dockerfile": 'FROM python:3.12\nCMD ["fastapi", "run"]\n',
        },
        {
            "docker-compose.prod.yml": (
                "services:\n"
                "  web:\n"
                "    image: shop\n"
                "    entrypoint:\n"
                "      - python  # <- container-dev-server\n"
                "      - -m\n"
                "      - shop.server\n"
                "    environment:\n"
                "      FLASK_ENV: development  # <- container-dev-server\n"
            ),
            "shop/server.py": (
                "import uvicorn\n\n\ndef main():\n"
                '    uvicorn.run("shop.main:app", reload=True)\n\n\n'
                'if __name__ == "__main__":\n    main()\n'
            ),
        },
    )  # fmt: skip
    good = (
        {
            "Dockerfile": (
                "FROM python:3.12-slim AS development\n"
                'CMD ["uvicorn", "app.main:app", "--reload"]\n'
                "FROM python:3.12-slim\n"
                "ENV FLASK_DEBUG=0\n"
                'CMD ["gunicorn", "app.main:app", "-k", "uvicorn.workers.UvicornWorker"]\n'
            ),
            "docker-compose.yml": (
                "services:\n  web:\n    build:\n      context: .\n      target: development\n"
                "    command: uvicorn app.main:app --host 0.0.0.0 --reload\n"
            ),
            "Dockerfile.dev": 'FROM python:3.12\nCMD ["flask", "run", "--debug"]\n',
            ".devcontainer/Dockerfile": "FROM python:3.12\nCMD fastapi dev\n",
        },
        {
            "Dockerfile": "FROM python:3.12\nCMD flask run\n",
            "Dockerfile.prod": 'FROM python:3.12\nCMD ["gunicorn", "shop:app"]\n',
        },
        {
            "Dockerfile": 'FROM python:3.12\nCMD ["uvicorn", "app.main:app", "--reload"]\n',
            "docker-compose.prod.yml": (
                "services:\n  web:\n    build: .\n    command: [fastapi, run]\n"
                "  shell:\n    build: .\n    profiles: [dev]\n    command: flask run\n"
            ),
        },
        {
            "Dockerfile": 'FROM python:3.12\nCMD ["python", "main.py"]\n',
            "main.py": (
                "import uvicorn\n\nfrom app import app\nfrom app.settings import settings\n\n"
                'if __name__ == "__main__":\n    uvicorn.run("app:app", reload=settings.reload)\n'
            ),
        },
    )  # fmt: skip

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at what containers for production start."""
        for server in project.container_development_servers:
            if server.is_variable:
                message = f"The {server.where} sets `{server.what}`, which switches Flask's debugger on."
                hint = "Set it where development happens, for instance in `compose.override.yml`."
            else:
                message = f"The {server.where} starts a development server: `{server.what}`."
                hint = "Start a production server here, and the development server in `compose.override.yml`."
            yield self.at(server, message, hint=hint)
