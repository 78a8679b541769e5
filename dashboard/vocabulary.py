"""The service's own names in both languages: roles, results and steps of a refresh, promotions, rows of the report.

Each group is all that this release writes: a test compares them with the code. Other names are shown as they come.
"""

from collections.abc import Mapping
from typing import Final

NAMES: Final[Mapping[str, tuple[str, str]]] = {
    # Both roles.
    "role.transformer": ("transformer (checks, scales)", "transformer (confere, escala)"),
    "role.predictor": ("predictor (the network)", "predictor (a rede)"),
    # What a refresh came to.
    "run.nothing": ("Nothing to do", "Nada a fazer"),
    "run.held": ("Held back by pause or pin", "Retida por pausa ou fixação"),
    "run.unchanged": ("Nothing changed", "Nada mudou"),
    "run.refused": ("Refused by the gate", "Recusada pelo critério"),
    "run.promoted": ("Promoted", "Promovida"),
    "run.failed": ("Failed", "Falhou"),
    # Its steps.
    "step.collect": ("collect", "coletar"),
    "step.check": ("check", "conferir"),
    "step.resume": ("resume", "retomar"),
    "step.decide": ("decide", "decidir"),
    "step.train": ("train", "treinar"),
    "step.evaluate": ("evaluate", "avaliar"),
    "step.gate": ("gate", "critério"),
    "step.export": ("export", "exportar"),
    "step.promote": ("promote", "promover"),
    "step.verify": ("verify", "verificar"),
    "step.prune": ("prune", "limpar"),
    # What a step came to.
    "ended.fresh": ("nothing newer", "nada mais novo"),
    "ended.collected": ("collected", "coletados"),
    "ended.unchanged": ("unchanged", "sem mudança"),
    "ended.passed": ("passed", "passou"),
    "ended.failed": ("failed", "falhou"),
    "ended.done": ("done", "feito"),
    "ended.held": ("held back", "retido"),
    "ended.train": ("train", "treinar"),
    "ended.fine-tune": ("fine-tune", "ajustar"),
    "ended.nothing": ("nothing", "nada"),
    "ended.trained": ("trained", "treinado"),
    "ended.known": ("trained before", "já treinado antes"),
    "ended.evaluated": ("evaluated", "avaliado"),
    "ended.untrained": ("untrained", "sem treino"),
    "ended.refused": ("refused", "recusado"),
    "ended.promoted": ("promoted", "promovida"),
    "ended.pruned": ("pruned", "limpo"),
    # What a line of the ledger is about, and how far it came.
    "action.promote": ("promotion", "promoção"),
    "action.rollback": ("rollback", "volta"),
    "outcome.begun": ("begun", "começada"),
    "outcome.done": ("done", "feita"),
    "outcome.failed": ("failed", "falhou"),
    # Rows of the report's table.
    "record.row.naive": ("tomorrow = today, past returns around it", "amanhã = hoje, retornos passados em volta"),
    "record.row.rolling-60": (
        "tomorrow = today, returns of the last 60 closes around it",
        "amanhã = hoje, retornos dos últimos 60 fechamentos em volta",
    ),
    "record.row.ewma": (
        "tomorrow = today, by recent volatility (EWMA)",
        "amanhã = hoje, pela volatilidade recente (EWMA)",
    ),
    "record.row.garch-t": (
        "tomorrow = today, by volatility (GARCH, Student's t)",
        "amanhã = hoje, pela volatilidade (GARCH, t de Student)",
    ),
    "record.row.trained, refused": ("trained, refused", "treinado, recusado"),
}
