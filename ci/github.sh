#!/usr/bin/env bash
# The steps of the GitHub Action: `install` puts reviewer into a virtual environment, `review` reviews what the pull
# request or push brought. Everything comes by variables, which `action.yml` sets from the inputs and GitHub itself;
# none of them is ever part of a command's text.
set -euo pipefail

fail() {
    printf '::error title=reviewer::%s\n' "$1"
    exit 2
}

note() {
    printf 'reviewer: %s\n' "$1"
}

# Ends the step unless the value of an input is one of those that may be.
one_of() {
    local name=$1 value=$2 allowed
    shift 2
    for allowed in "$@"; do
        [ "$value" != "$allowed" ] || return 0
    done
    fail "The input \`$name\` has to be one of: $*."
}

check_inputs() {
    one_of fail-on "$INPUT_FAIL_ON" "" error warning info
    one_of new-only "$INPUT_NEW_ONLY" true false
    one_of upload-sarif "$INPUT_UPLOAD_SARIF" true false
    one_of summary "$INPUT_SUMMARY" true false
    case $INPUT_PATH in
        "" | -* | /* | .. | ../* | */.. | */../* | *$'\n'*) fail "The input \`path\` has to be a folder of the repository." ;;
    esac
    [ -d "$INPUT_PATH" ] || fail "The input \`path\` names no folder of the repository."
    case $INPUT_BASE in
        -* | *[[:cntrl:][:space:]]*) fail "The input \`base\` has to be a revision." ;;
    esac
}

install() {
    local candidate
    for candidate in python3 python; do
        if "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            "$candidate" -I -m venv "$RUNNER_TEMP/reviewer"
            "$RUNNER_TEMP/reviewer/bin/python" -I -m pip install --quiet --disable-pip-version-check "$ACTION_PATH"
            return
        fi
    done
    fail "Python 3.10 or newer is needed: run actions/setup-python before this action."
}

git_here() {
    git -c core.hooksPath=/dev/null -c core.fsmonitor=false "$@"
}

is_commit() {
    git_here rev-parse --quiet --verify --end-of-options "$1^{commit}" > /dev/null 2>&1
}

fetch() {
    git_here fetch --quiet --no-tags --no-recurse-submodules "$@" 2>/dev/null
}

# Makes a commit known that a shallow or single-branch clone left out.
require_commit() {
    is_commit "$1" || fetch origin "$1" || true
    is_commit "$1"
}

# Whether HEAD and a commit have a common ancestor in the clone; fetches the history that is missing.
require_ancestor() {
    require_commit "$1" || return 1
    git_here merge-base HEAD "$1" > /dev/null 2>&1 && return 0
    [ "$(git_here rev-parse --is-shallow-repository)" = true ] || return 1
    fetch --unshallow origin || return 1
    git_here merge-base HEAD "$1" > /dev/null 2>&1
}

# What the event file tells, one answer a line; reviewer reads it as `reviewer commits` does.
pipeline_facts() {
    "$PYTHON" -I - <<'PYTHON'
from pathlib import Path

from reviewer.pipeline import find_pipeline

pipeline = find_pipeline(Path.cwd())
if pipeline is not None:
    print("pull_request" if pipeline.is_pull_request or pipeline.base else "push")
    print("merge" if pipeline.is_forge_merge else "")
    for fact in (pipeline.base, pipeline.before, pipeline.default_branch, pipeline.branch):
        print(fact if fact and fact.isprintable() else "")
PYTHON
}

# Sets `base` to the commit that the input names: a commit, or a branch that the clone may have left out.
find_named_base() {
    local branch="refs/remotes/origin/$INPUT_BASE" revision=$INPUT_BASE
    if ! require_commit "$revision"; then
        is_commit "$branch" || fetch origin "+refs/heads/$INPUT_BASE:$branch" || true
        revision=$branch
    fi
    if ! is_commit "$revision" || ! require_ancestor "$revision"; then
        fail "The input \`base\` names no commit at hand: check out with \`fetch-depth: 0\`."
    fi
    base=$(git_here rev-parse --verify --end-of-options "$revision^{commit}")
}

# Sets `base` to the commit that the review compares with, empty for a review of everything.
find_base() {
    local facts kind merge request_base before default_branch branch reference
    base=""
    if [ -n "$INPUT_BASE" ]; then
        find_named_base
        return
    fi
    mapfile -t facts < <(pipeline_facts)
    kind=${facts[0]-} merge=${facts[1]-} request_base=${facts[2]-} before=${facts[3]-}
    default_branch=${facts[4]-} branch=${facts[5]-}
    if [ "$kind" = pull_request ]; then
        # The merge that GitHub made and checked out: its first parent is the base as it is now.
        if [ -n "$merge" ] && [ "$(git_here rev-parse HEAD)" = "${GITHUB_SHA-}" ]; then
            is_commit 'HEAD^1' || fetch --depth=2 origin "$GITHUB_SHA" || true
            if is_commit 'HEAD^2'; then
                base=$(git_here rev-parse 'HEAD^1')
                return
            fi
        fi
        [ -n "$request_base" ] || fail "The event tells no base: give the input \`base\`."
        require_ancestor "$request_base" || fail "The base of the pull request is not at hand: check out with \`fetch-depth: 0\`."
        base=$request_base
        return
    fi
    if [ -n "$before" ] && require_ancestor "$before"; then
        base=$before
        return
    fi
    # A new branch, or one that was forced over: what it has and the default branch has not.
    if [ -n "$default_branch" ] && [ "$branch" != "$default_branch" ] && [ "$kind" = push ] &&
        [ "${GITHUB_EVENT_NAME-}" = push ]; then
        reference="refs/remotes/origin/$default_branch"
        is_commit "$reference" || fetch origin "+refs/heads/$default_branch:$reference" || true
        if is_commit "$reference" && require_ancestor "$(git_here rev-parse --verify --end-of-options "$reference")"; then
            base=$(git_here rev-parse --verify --end-of-options "$reference")
        fi
    fi
}

review() {
    local base="" code=0 summary="$RUNNER_TEMP/reviewer-summary.md" sarif="$RUNNER_TEMP/reviewer.sarif"
    local -a options=(--format github)
    check_inputs
    PYTHON=${REVIEWER_PYTHON:-$RUNNER_TEMP/reviewer/bin/python}
    if [ "$INPUT_NEW_ONLY" = true ]; then
        git_here rev-parse --git-dir > /dev/null 2>&1 || fail "There is no repository: run actions/checkout before this action."
        find_base
    fi
    if [ -n "$base" ]; then
        note "reviewing what is new since $base"
        options+=(--since "$base")
    else
        note "reviewing everything"
    fi
    rm -f "$summary" "$sarif"
    [ "$INPUT_SUMMARY" = false ] || options+=(--format "markdown=$summary")
    [ "$INPUT_UPLOAD_SARIF" = false ] || options+=(--format "sarif=$sarif")
    [ -z "$INPUT_FAIL_ON" ] || options+=(--fail-on "$INPUT_FAIL_ON")
    "$PYTHON" -I -m reviewer.cli.main check "${options[@]}" --cache-dir "$RUNNER_TEMP/reviewer-cache" -- "$INPUT_PATH" || code=$?
    [ ! -f "$summary" ] || cat "$summary" >> "$GITHUB_STEP_SUMMARY"
    {
        printf 'exit-code=%s\n' "$code"
        printf 'base=%s\n' "$base"
        if [ -f "$sarif" ]; then printf 'sarif=%s\n' "$sarif"; fi
    } >> "$GITHUB_OUTPUT"
    return "$code"
}

case ${1-} in
    install | review) "$1" ;;
    *) fail "usage: github.sh install|review" ;;
esac
