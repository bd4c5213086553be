"""The one line that sums up a review, for all formats that people read."""

from __future__ import annotations

from reviewer.results import Review


def summary_line(review: Review, *, show_time: bool) -> str:
    """Such as `3 errors, 5 warnings in 47 files (23 routes, 2 unknown) in 0.31 s`; holds no text of the input."""
    counts = [counted(number, severity.value) for severity, number in review.count_by_severity.items() if number]
    is_compared = any(finding.baseline_state for finding in review.findings)
    counts = counts or ["No new findings" if is_compared else "No findings"]
    if review.known:
        counts.append(f"{len(review.known)} known")
    if review.suppressed:
        counts.append(f"{len(review.suppressed)} suppressed")
    if review.problems:
        counts.append(f"{counted(review.unreviewed_files, 'file')} not reviewed")
    if review.crashes:
        counts.append(f"{counted(len(review.crashes), 'rule')} crashed")
    if review.reviewed:
        return f"{', '.join(counts)} in {review.reviewed}"
    known = [counted(review.routes, "route")] + ([f"{review.unknown} unknown"] if review.unknown else [])
    line = f"{', '.join(counts)} in {counted(review.files, 'file')} ({', '.join(known)})"
    return f"{line} in {review.seconds:.2f} s" if show_time else line


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun in the right form: `1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"
