"""Judges the commands of containers: which of them start a development server.

Takes words or the text of a shell command, gives what is wrong with it. Variables are not expanded: what they may add
is not known and counts for nothing.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

RELOADING_SERVERS = frozenset({"uvicorn", "hypercorn", "granian", "gunicorn", "daphne", "sanic", "litestar"})
SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
#: Programs that name others without running them.
MERE_TEXT = frozenset({"echo", "printf", "pip", "apt-get", "apk", "cat", "test", "["})
SEPARATORS = re.compile(r"^(?:&&|\|\||;|\||&|\n)$")
ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
PYTHON = re.compile(r"python(?:\d(?:\.\d+)?)?$")
RUN_MODULE = ("-m",)
DEPTH_LIMIT = 3
#: Values that switch Flask's debugger on.
ON = frozenset({"1", "true", "on", "yes"})

#: What a Python file or module that is run starts, or None: `judge("app.py", is_module=False)`.
JudgeScript = Callable[[str, bool], "str | None"]


def development_server(command: tuple[str, ...] | str, judge_script: JudgeScript) -> str | None:
    """The development server that a command starts, as a reader knows it: `uvicorn --reload`; None where it is none."""
    for words in _commands(command, 0):
        found = _judge(words, judge_script)
        if found is not None:
            return found
    return None


def debug_variable(name: str, value: str) -> bool:
    """Whether an environment variable switches Flask's debugger on."""
    if name == "FLASK_ENV":
        return value.strip().lower() == "development"
    return name in ("FLASK_DEBUG", "QUART_DEBUG") and value.strip().lower() in ON


def _commands(command: tuple[str, ...] | str, depth: int) -> Iterator[list[str]]:
    """The simple commands of a command, those of `sh -c` too."""
    if depth > DEPTH_LIMIT:
        return
    if isinstance(command, str):
        for words in _split(command):
            yield from _commands(tuple(words), depth + 1)
        return
    words = list(command)
    while words and (ASSIGNMENT.fullmatch(words[0]) or words[0] in ("exec", "env", "command", "nohup")):
        words.pop(0)
    if words and words[0].rpartition("/")[2] in SHELLS:
        for number, word in enumerate(words[1:-1], 1):
            if word.startswith("-") and word.endswith("c"):
                yield from _commands(words[number + 1], depth + 1)
                return
    if words:
        yield words


def _split(text: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(text.replace("\n", " ; "), posix=True, punctuation_chars="&|;")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        for word in lexer:
            if SEPARATORS.match(word) or set(word) <= {"&", "|", ";"}:
                yield words
                words = []
            else:
                words.append(word)
    except ValueError:  # an open quotation
        return
    yield words


def _judge(words: list[str], judge_script: JudgeScript) -> str | None:
    if words[0] in MERE_TEXT:
        return None
    for number, word in enumerate(words):
        program, rest = word.rpartition("/")[2], words[number + 1 :]
        if PYTHON.match(program):
            return _judge_python(rest, judge_script)
        if program in RELOADING_SERVERS | {"fastapi", "flask", "quart", "manage.py", "django-admin"}:
            return _judge_program(program, rest)
    return None


def _judge_program(program: str, rest: list[str]) -> str | None:
    command = _first_argument(rest)
    if program in ("manage.py", "django-admin"):
        return f"{program} {command}" if command in ("runserver", "runserver_plus") else None
    if program == "fastapi":
        return "fastapi dev" if command == "dev" else None
    if program in ("flask", "quart"):
        return f"{program} run" if command == "run" else None
    if "--reload" in rest or any(one in ("--reload=true", "--reload=1") for one in rest):
        return f"{program} --reload"
    return None


def _first_argument(rest: list[str]) -> str:
    """The first word that is no option and no option's value: the subcommand."""
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in ("--app", "-A", "--env-file", "-e", "--settings", "--pythonpath")
        else:
            return word
    return ""


def _judge_python(rest: list[str], judge_script: JudgeScript) -> str | None:
    for number, word in enumerate(rest):
        if word == "-m" and number + 1 < len(rest):
            module = rest[number + 1]
            known = _judge_program(module, rest[number + 2 :])
            return known or judge_script(module, True)
        if word == "-c":
            return None
        if not word.startswith("-"):
            name = word.rpartition("/")[2]
            if name == "manage.py" and _first_argument(rest[number + 1 :]) in ("runserver", "runserver_plus"):
                return "manage.py runserver"
            return judge_script(word, False) if name.endswith(".py") else None
    return None
