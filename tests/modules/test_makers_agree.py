"""The two makers of the typed tree give equal trees, position by position, on whatever both accept.

Run on each supported Python this also holds the tree equal between them, since libcst does not change with Python.
`REVIEWER_MAKERS_FILES=5000 pytest tests/modules/test_makers_agree.py` compares that many files of this installation.
"""

from __future__ import annotations

import hashlib
import os
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reviewer.modules import ast_maker, libcst_maker, tree
from reviewer.modules.normal_form import RECURSION_LIMIT

MakeTree = Callable[[str], tree.Tree]

LARGEST_FILE = 60_000

#: Syntax that every supported Python reads.
COMMON = {
    "calls": """
f(x for x in y); f((x for x in y)); f(a)(x for x in y); f(((x for x in y)))
f( # comment
  x for x in y
)
print(*a, **b); f(a, *b, c=1, *d, **e); f(*(a), **(b), c=(d)); f(a := 1); f((yield)); f(a,); f(**a, b=1,)
f(((a))); f(k=((a))); f(*((a))); ((f))(a); (a).b(c)[d](e); a . b; a .\\
 b; (a
.b
.c())
""",
    "displays": """
(a); (a, b); a, b,; ((a, b)); (); (()); (((a, b))); ((a), (b)); (a, b)[0]
x = 1,
x = [1, *a, (*b, c)]; [*a]; (*a,); a = *b, c; [((a))]; {((a)): ((b))}; []; {}; {1, *a}; {1,}
x = {1: 2, **a, 3: 4,}; {**(a)}; {(1): (2)}
x = [
 1,
 # comment
 2 # comment
]
""",
    "comprehensions": """
[a for b in c if d if e for f in g]; {a for a in b}; {a: b for a, b in c}; ((a for b in c))
{(a): (b) for (a) in (b) if (c)}; [(a) for (a) in (b)]; [a for *b, c in d]; [lambda: x for x in y]
async def f():
    return [x async for x in y if await z]
""",
    "subscripts": """
a[1]; a[1,]; a[1:2]; a[:]; a[::]; a[1:2, ::3]; a[(1, 2)]; a[()]; a[(1):(2)]; a[:, 1]; a[b][c]; (a)[b]; a[x:=1]
a[lambda: 1]; a[((1, 2), 3)]; a[: , ]; a[1 : ]; a[(1)]
""",
    "operations": """
a and b and c; a and (b and c); (a and b) and c; a and b or c and d; (a) and (b); not a and b; not (a and b) and c
a < b < c; a not in b; a is  not b; (a) < (b); (a < b) < c; a != b; not a in b; a in(b)
-1; - 1; -(1); (-1); --1; not not a; ~a; +a; a ** -b; a @ b; a // b; a << b >> c; a + b + c; (a + b) + (c); a-(b-c)
a if b else c; (a) if (b) else (c); a if b else c if d else e; [a]if[b]else[c]
a | b & c ^ d; a % b / c * d; a not \\
 in b
""",
    "functions": '''
@a.b(c) # comment
# comment
@(d)

def f(a=1, /, b: int=2, *args: str, c, d: (int) = 3, **k: (x)) -> (int):
    """Text."""
    return a, *b
async def f(*, a): await (x); return await x ** 2;
def f( # comment
  a # comment
  , b
  ): return(a)
def f(a, b=1, /): nonlocal c; global d, e;
def f():
    if x: y; z;
    else: a;
    return
    yield
    x = yield a, b
    yield from (a)
    (yield)
    return 1, 2
lambda: 0; lambda a, *b, c=1, **d: a; lambda *, a: a; (lambda a=(1), /: (x)); lambda:(a)
''',
    "classes": """
class A: x = 1; y = 2
class A(): pass
@a
class A(B, (C), *c, metaclass=M, **k):
    x: int;
    def f(self): pass;
""",
    "assignments": """
a: int
a: int = 1
a.b: int; a[0]: (int) = (1); a: tuple = 1, 2
x += 1; x //= (1); x **= 1, 2; x @= y; x >>= 1; x |= y; x = y = (z); (x) = (y); (x), y = z; [x, y] = z; x = (y := (1))
*a, b = c
*a, = b
del a, b
del (a, b)
del (a), b,
del (a)
del [a, b.c], d[0]
assert a; assert (a), (b); assert(a)
raise
raise a
raise (a) from (b)
""",
    "imports": """
import a, a.b as c, d . e; import a
from . import a
from .. a import b
from ...a.b import (c as d, e,)
from .... import x
from a import *
from . . import a ;
""",
    "blocks": """
if a: pass
elif b:
    c;
    # comment
elif d: e ; f ;
else: pass
if a:
    pass
else:
    if b: pass
while (a):
    break;
else: continue_
for a, in b,: continue
for (a), in (b),: pass
for a.b in *c, d: pass
else:
    pass

# comment
for(a)in(b): pass
try: a;
except: pass
try: a
except (A): pass
except (A, B) as e: pass
except C :
    pass
else: pass
finally: d ;
try: pass
finally:
    pass
""",
    "with": """
with a: pass
with (a): b;
with (a, b): pass
with (a, b) as c: pass
with (a as b, c as d,): pass
with a as (b), c as (d, e): pass
with (a) as b, (c): pass
with a() as b.c, d as e[0]: pass
with (a,): pass
with ((a, b)): pass
with (a if b else c) as d: pass
with (a, b).c as d: pass
with (a for a in b): pass
with (a := b, c): pass
with (a) if b else c: pass
async def f():
    async with a as b, c: pass
    async for x in y:
        await z
    else: w
""",
    "match": """
match x, y:
    case 1, 2: pass
    case (1): pass
    case ((1, 2)): pass
    case ((1), 2) | () | (a,): pass
match *x, y:
    case *a, b: pass
    case a,: pass;
match (x): # comment

    # comment
    case [a, *_, b] | [*rest] | [] | ([a]) | [a,]: pass
    case {} | {'a': 1, **rest} | {'a': b,} | {-1: c, A.b: d} | {'a' 'b': 1} | {None: a} | {**rest,}: pass
    case A() | A(b) | A.B(b, c=d) | A(c=d,) | (A(c=(d), e=[f])): pass
    case (a as b) if (b := c): pass
    case (1 | 2) as c: pass
    case -1 | 1+2j | -1 - 2j | (-1) | 1.5 | None | True | (False) | 'a' | 'a' 'b' | b'c' | a.b.c: pass
    case (_): pass
match = case = _ = type = 1; match(x); match[x]; type (x); type[x]
""",
    "strings": r"""
'a'; ('a'); 'a' 'b'; ('a' # comment
 'b' 'c'); 'a' \
 'b'; b'a' b'b'; r'\a'; '\n\x41\u0042\N{BULLET}\101'; u'a'; '\ud800'; b'\xff\n'; rb'\x'; '\d'; '\''; '"\""'; ''; '' ''
'''a
b'''; '''\
'''; '\
'; 'é'; x = 'é'; y; 'a' 'b'.c; '😀', x; 'a'.b
""",
    "formatted strings": r"""
f''; f'' 'a' f'{x}' 'b' 'c'; '' f'' ''; f'{x}'; f'a{x}b'; f'{x!r}'; f'{x!s:>10}'; f'{x:{y}}'; f'{x:a{y}b{z!r:c}d}'
f'{x=}'; f'{ x = }'; f'{x=!s}'; f'{x=:>10}'; f'{x = !r:^{y}}'; f'{x=:}'; f'{x:}'; f'{x!r:}'; f'{{}}'; f'{{{x}}}'
rf'\{x}\n'; fr'\d{x}'; f'\n{x}\t'; f'\N{BULLET}{x}'; f'\\{x}'; f'\\{{x}}'; f'\ud800{x}'; f'{x}' '\ud800'; f'\d{x}'
f'{x, y}'; f'{(x, y)}'; f'{x,}'; f'{*x, y}'; f'{(lambda x: 1)}'; f'{a["b"]}'; f'{f"{x}" "y"}'; f'{(yield_)}'.a
f(f'{x}', a); f'{f(x for x in y)}'; f'{ {1: 2} }'; f'\x7b{x}\x7d'; f'{x:\n}'; f'{x:%Y-%m-%d}'; f'"{x}"'; f'\'{x}\''
f'#{x}#'; f' {x} '; f'{x:#x}'; f'{x: >5}'; f'{x }'; f'{x==y}'; f'{x!=y}'; f'{(x:=1)}'; f'{x:=5}'; f'{a["é"]=} é'; b
f'é{x}é{y:é}'; f'{"é"!r}', b; 'é' f'{é}' ; é = (ü); f'{x}\
{y}'; f'''
{x}
'''; f'''{
x
}'''; f'\"\"\"{x}'; ('a' f'{b}'
 'c'), d
""",
    "numbers": """
0; 1_000; 0x1F; 0b1; 0o7; 00; 9223372036854775807; 9223372036854775808; -9223372036854775808; 1e400; 1.5; .5; 5.
1_0.0_1; 1j; 1.5J; 0xFFFFFFFFFFFFFFFFFFFF; ...; None; True; False; (...); (None); __debug__; 1if 2else 3
""",
    "characters": """
ﬁ = 1; a.ﬁ; f(ﬁ=1); f'{ﬁ=}'; lambda ﬁ: ﬁ; é.é(é)[é]; x = (é, 'ü'), [ö]
def ﬁ(ﬂ): global ﬁ
class ﬁ: pass
import ﬁ.ﬂ as ﬀ
from ﬁ import ﬂ
try: pass
except A as ﬁ: pass
match x:
    case ﬁ: pass
    case A(ﬁ=ﬂ): pass
    case {**ﬁ}: pass
    case [*ﬁ]: pass
x = '日本語', y; z # é
'''é
é''', x; 'a\u2028b\u0085', c # \u2028
""",
    "carriage returns": "x\r\ny\ré ; é\rü ; x\r\n'''a\r\nb\rc'''; z\r\nf'''{x}\r\n{y}'''\r\nif x:\r\n  y\r\n",
    "form feeds and tabs": "\x0cx\n\x0c\ndef f():\n\x0c  x\nif x:\n\ty\n\tz\nx\x0c = 1\n\t\n",
    "nothing": "",
    "an empty line": "\n",
    "a comment": "# comment",
    "no line at the end": "if x:\n  y;",
    "continued lines": "\\\nx = \\\n  y\nx \\\n\n",
    "comments everywhere": "# a\n\nif x: # b\n  # c\n  y\n  # d\n # e\n# f\nz; # g\n",
    "a coding line": "# -*- coding: latin-1 -*-\n'é', x\n",
}

#: Syntax of newer Pythons, with the first that reads it.
NEWER = {
    "starred subscripts": ((3, 11), "a[b, *c]; a[*b]; a[*b, c,]; a[*(b)]\nx: list[*a]\ndef f(*a: *T): pass\n"),
    "exception groups": ((3, 11), "try: pass\nexcept* A: pass\nexcept *(B, C) as e: pass;\n"),
    "type parameters": (
        (3, 12),
        "type X = int\ntype X[T: (int, str), *Ts, **P] = a;\nclass A[T: (int)](B): pass\n"
        "async def f[T, *U, **P](a: T) -> T: pass\ntype ﬁ[ﬂ] = 1\n",
    ),
    "quotes in formatted strings": (
        (3, 12),
        "f'{'a'}'; f'{x:{y:{z}}}'; f'{f'{x!r}'}'; f'{a['b'] = }'\n"
        "f'''{\nx # a\n}'''; f'''{x = # a\n}'''; f'{x!s  :3}'\n",
    ),
    "type parameters with defaults": ((3, 13), "class A[T: int = (str), *Ts = *x, **P = [int]]: pass\n"),
    "exceptions without brackets": ((3, 14), "try: pass\nexcept A, B: pass\nexcept C, D,: pass\n"),
    "template strings": ((3, 14), "t'{x}'; t'a{x!r:>{y}}{z=}'; rt'\\{x}\\n'\n"),
}
PROGRAMS = {**COMMON, **{name: source for name, (since, source) in NEWER.items() if sys.version_info >= since}}


@pytest.fixture(autouse=True, scope="module")
def deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(RECURSION_LIMIT)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("name", PROGRAMS)
def test_both_makers_give_equal_trees(name: str) -> None:
    program = PROGRAMS[name]
    assert libcst_maker.make_tree(program) == ast_maker.make_tree(program)


@pytest.mark.parametrize("make_tree", [ast_maker.make_tree, libcst_maker.make_tree], ids=["ast", "libcst"])
@pytest.mark.parametrize("source", ["x = \0", "x = '\ud800'", "x = (", "f'{'", "'\\x'", "1__0", "if x:\npass"])
def test_both_makers_refuse_what_is_no_program(make_tree: MakeTree, source: str) -> None:
    with pytest.raises(SyntaxError):
        make_tree(source)


def test_the_programs_have_every_class_of_node() -> None:
    sources = [*COMMON.values(), *[source for _, source in NEWER.values()]]
    found = {
        node.__class__ for source in sources for top in libcst_maker.make_tree(source).body for node in tree.walk(top)
    }
    assert found == set(tree.CHILD_FIELDS)


#: What the trees of the common programs encode to, by version of the tree. Where a node changes, the version must too,
#: for caches hold old trees; where only a program above changes, the digest alone is put right.
DIGESTS = {1: "723cafdccd558066070508a0d4b795b5e0fa37fa4fcc2a8d59f57b613c77a8c0"}


@pytest.mark.parametrize("make_tree", [ast_maker.make_tree, libcst_maker.make_tree], ids=["ast", "libcst"])
def test_stored_trees_are_the_same_bytes_on_every_python(make_tree: MakeTree) -> None:
    digest = hashlib.sha256()
    for source in COMMON.values():
        digest.update(msgspec.msgpack.encode(make_tree(source)))
    assert digest.hexdigest() == DIGESTS[tree.TREE_VERSION]


# Programs of this installation


def installed_files() -> list[Path]:
    roots = [Path(sysconfig.get_paths()["stdlib"]), *map(Path, site.getsitepackages())]
    files = {
        path
        for root in roots
        for path in root.rglob("*.py")
        if not {"test", "tests", "idle_test", "lib2to3"} & set(path.relative_to(root).parts)
    }
    in_stable_order = sorted(files, key=lambda path: hashlib.sha256("/".join(path.parts[-3:]).encode()).digest())
    return [path for path in in_stable_order if 0 < path.stat().st_size <= LARGEST_FILE]


def test_both_makers_give_equal_trees_for_installed_files() -> None:
    compared = 0
    for path in installed_files()[: int(os.environ.get("REVIEWER_MAKERS_FILES", "60"))]:
        try:
            source = path.read_bytes().decode("utf-8-sig")
            from_ast = ast_maker.make_tree(source)
            from_libcst = libcst_maker.make_tree(source)
        except (UnicodeDecodeError, SyntaxError):
            continue
        assert from_libcst == from_ast, path
        compared += 1
    assert compared > 30


# Programs put together from pieces

names = st.sampled_from(["a", "bc", "é", "ﬁ", "match", "_", "None", "0", "1.5", "'s'", "'é'", "b'b'", "...", "f'{a}é'"])
expression_shapes = [
    "({0})", "( # é\n{0}\n)", "{0} + {1}", "({0}) * ({1})", "-{0}", "not {0}", "({0} and {1} and {2})", "{0} or {1}",
    "{0} < {1} not in {2}", "({0} if {1} else {2})", "({0}).x", "({0})({1}, *{2}, k={1})", "f({0} for x in {1})",
    "a[{0}]", "a[{0}:{1}, ::{2}]", "[{0}, {1},]", "({0}, {1})", "({0},)", "{{{0}: {1}, **{2}}}", "{{{0}, *({1})}}",
    "[{0} for x, in {1} if {2}]", "(lambda x, *y, z={0}: {1})", "(x := {0})",
    "'é' f'{{a}}' \"{{\"", "f'é{{a!r:{{b}}}}'",
    "(yield {0})", "(await {0})", "{{{0}: {1} for x in {2}}}", "({0} for x in {1})",
]  # fmt: skip
expressions = st.recursive(
    names,
    lambda inner: st.tuples(st.sampled_from(expression_shapes), inner, inner, inner).map(
        lambda drawn: drawn[0].format(*drawn[1:])
    ),
    max_leaves=12,
)
line_shapes = [
    "{0}", "x = {0}", "x, *y = z = {0}, {1}", "x: {0} = {1}", "x |= {0}", "return {0}, {1},", "del (x), y[{0}]",
    "assert {0}, {1}", "raise ({0}) from {1}", "import é.b as c", "from ..é import (a, b as é)", "pass", "global é",
    "print({0}); {1} ;",
]  # fmt: skip
lines = st.tuples(st.sampled_from(line_shapes), expressions, expressions, st.sampled_from(["", ";", " # é"])).map(
    lambda drawn: drawn[0].format(drawn[1], drawn[2]) + drawn[3]
)
header_shapes = [
    "if {0}:", "while {0}:", "for x, in {0}, {1}:", "with {0} as (x), {1}:", "try:\n    pass\nexcept ({0}, {1}) as e:",
    "async def f(x, /, y: {0} = {1}, *z, **é) -> {0}:", "@a\n@b({0})\nclass C(x, *({0}), k={1}):", "if x: y;\nelse:",
    "match {0}:\n    case [x, *_] if {1}: pass\nif x:",
]  # fmt: skip


def indented(drawn: tuple[str, str, str, list[str]]) -> str:
    header, first, second, body = drawn
    block = "\n".join(body).replace("\n", "\n    ")
    return header.format(first, second) + "\n    " + block + "\n"


blocks = st.recursive(
    lines,
    lambda inner: st.tuples(
        st.sampled_from(header_shapes), expressions, expressions, st.lists(inner, min_size=1, max_size=3)
    ).map(indented),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.lists(blocks, max_size=3).map("\n".join), st.sampled_from(["\n", "\r\n", "\r"]))
def test_both_makers_give_equal_trees_for_generated_programs(program: str, newline: str) -> None:
    try:
        from_ast = ast_maker.make_tree(program.replace("\n", newline))
    except SyntaxError:
        assume(False)
    assert libcst_maker.make_tree(program.replace("\n", newline)) == from_ast
