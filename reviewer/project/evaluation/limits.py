"""The bounds of the symbolic evaluator: what it follows at most, so that hostile programs end with a clear answer."""

from __future__ import annotations

#: Steps (expressions and statements) that one project may take; a large application takes about 100,000.
STEP_LIMIT = 3_000_000
#: The same for each module of projects that are larger than that: many times what an ordinary module takes.
STEPS_A_MODULE = 1_000
#: Steps that the top level of one module may take, the modules it imports left out.
MODULE_STEP_LIMIT = 300_000
#: Steps that one call of a function at the top level may take.
CALL_STEP_LIMIT = 200_000
#: Steps of one handler that an application runs when it starts.
STARTUP_STEP_LIMIT = 50_000
#: Steps of one constructor that runs because an attribute is asked for.
CONSTRUCTOR_STEP_LIMIT = 5_000
CALL_DEPTH_LIMIT = 30
#: Frames of this program: imports are followed as deep as they go, with some six frames for each.
RECURSION_LIMIT = 5_000
#: Longest string and collection that is built.
SIZE_LIMIT = 10_000


#: Routes of one project, and inclusions of routers that are followed to them.
ROUTE_LIMIT = 50_000
INCLUSION_LIMIT = 20_000
#: Dependencies of dependencies that are read.
DEPENDENCY_DEPTH_LIMIT = 60


class StepLimitReached(Exception):
    """The program needs more steps than the evaluator takes."""
