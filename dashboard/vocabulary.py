"""Names that the service uses, in both languages: roles, refresh results and steps, promotions, rows of the report.

Each group is complete for this release: a test compares it with the code that writes the names. A name without an entry
is shown as received.
"""

from collections.abc import Mapping
from typing import Final

# Group and name -> English, Portuguese.
NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "role.transformer": ("transformer (validates and scales)", "transformer (valida e normaliza)"),
    "role.predictor": ("predictor (the network)", "predictor (a rede)"),
    # Results of a refresh.
    "run.nothing": ("Nothing to do", "Nada a fazer"),
    "run.held": ("Held back by pause or pin", "Retida por pausa ou fixação"),
    "run.unchanged": ("Nothing changed", "Nada mudou"),
    "run.refused": ("Refused by the gate", "Recusada na validação"),
    "run.promoted": ("Promoted", "Promovida"),
    "run.failed": ("Failed", "Falhou"),
    # Steps of a refresh.
    "step.collect": ("collect", "coletar"),
    "step.check": ("check", "conferir"),
    "step.resume": ("resume", "retomar"),
    "step.decide": ("decide", "decidir"),
    "step.train": ("train", "treinar"),
    "step.evaluate": ("evaluate", "avaliar"),
    "step.gate": ("gate", "validação"),
    "step.export": ("export", "exportar"),
    "step.promote": ("promote", "promover"),
    "step.verify": ("verify", "verificar"),
    "step.prune": ("prune", "limpar"),
    # Results of a step.
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
    "ended.known": ("already trained", "já treinado"),
    "ended.evaluated": ("evaluated", "avaliado"),
    "ended.untrained": ("untrained", "sem treino"),
    "ended.refused": ("refused", "recusado"),
    "ended.promoted": ("promoted", "promovida"),
    "ended.pruned": ("pruned", "limpo"),
    # Actions and outcomes in the promotion ledger.
    "action.promote": ("promotion", "promoção"),
    "action.rollback": ("rollback", "reversão"),
    "outcome.begun": ("started", "iniciada"),
    "outcome.done": ("done", "concluída"),
    "outcome.failed": ("failed", "falhou"),
    # Rows of the report's table.
    "record.row.naive": (
        "tomorrow = today, intervals from past returns",
        "amanhã = hoje, intervalos dos retornos passados",
    ),
    "record.row.rolling-60": (
        "tomorrow = today, intervals from the returns of the last 60 closes",
        "amanhã = hoje, intervalos dos retornos dos últimos 60 fechamentos",
    ),
    "record.row.ewma": (
        "tomorrow = today, intervals from recent volatility (EWMA)",
        "amanhã = hoje, intervalos da volatilidade recente (EWMA)",
    ),
    "record.row.garch-t": (
        "tomorrow = today, intervals from volatility (GARCH, Student's t)",
        "amanhã = hoje, intervalos da volatilidade (GARCH, t de Student)",
    ),
    "record.row.trained, refused": ("trained, refused", "treinado, recusado"),
}
