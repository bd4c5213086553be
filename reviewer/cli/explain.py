"""`reviewer explain`: a rule's page in the terminal."""

from __future__ import annotations

import click

from reviewer.cli.rule_names import complete_rule_name
from reviewer.cli.rules import rule_table
from reviewer.cli.session import UsageProblem, known_rules, write_output
from reviewer.config_problem import nearest
from reviewer.rule_page import rule_page


@click.command("explain")
@click.argument("rule", shell_complete=complete_rule_name)
@click.option("--pack", "packs", multiple=True, metavar="NAME", help="Use an installed pack of rules.")
def command(rule: str, packs: tuple[str, ...]) -> int:
    """Explain RULE: what it reports, why, when to ignore it, its options and examples; of a family, its rules."""
    catalogue = known_rules(packs)
    if rule in catalogue.families and rule not in catalogue:
        write_output(rule_table([catalogue[name] for name in catalogue.families[rule]]), None)
        return 0
    if rule not in catalogue:
        meant = nearest(rule, [*catalogue, *catalogue.families])
        raise UsageProblem(f"there is no rule {rule!r}" + (f"; did you mean {meant}?" if meant else ""))
    write_output(rule_page(catalogue[rule]), None)
    return 0
