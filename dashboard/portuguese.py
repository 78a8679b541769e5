"""As palavras da página em português do Brasil; as chaves são as de `english.py`."""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "title": "Próximo fechamento",
    "language": "Idioma",
    "page.forecast": "Previsão",
    "page.track_record": "Histórico",
    "page.operations": "Operação",
    "no_advice": (
        "Isto não é recomendação e nada diz sobre a direção. Um intervalo de 80 % deve conter o fechamento em 80 de 100 pregões, "
        "nada mais."
    ),
    "loading": "Consultando o serviço …",
    "retry": "Tentar de novo",
    "away": "O serviço não pode ser alcançado no momento. Nada se perdeu: a página pergunta de novo quando você apertar o botão.",
    "not_ready": "O serviço está lá e não pode responder no momento: {reason}",
    "late": "O serviço não respondeu a tempo. Tente de novo em instantes.",
    "refused": "O serviço não pode responder a este pedido: {reason}",
    "missing": "O serviço não tem isto: {reason}",
    "detail": "Em detalhe: {reason}",
    "forecast.source": "Fechamentos de",
    "forecast.symbol": "Símbolo",
    "source.upload": "um arquivo",
    "source.paste": "texto colado",
    "source.stored": "do serviço",
    "forecast.no_symbols": "O serviço ainda não tem preços de nenhum símbolo.",
    "forecast.unknown_symbol": "Não há preços de {symbol}; {other} é mostrado no lugar.",
    "forecast.file": "Um arquivo CSV com pelo menos {count} fechamentos",
    "forecast.text": "Pelo menos {count} fechamentos, o mais antigo primeiro",
    "forecast.text_button": "Prever",
    "forecast.format": "O que é entendido",
    "forecast.format_text": (
        "Uma tabela com as colunas Data e Fechamento (ou Date e Close), a linha mais antiga primeiro; Abertura, Máxima e Mínima são "
        "desenhadas como candles quando existem. Vírgula, ponto e vírgula ou tabulação entre os campos, ponto ou vírgula decimal, "
        "datas como 2024-12-30 ou 30/12/2024. Só os fechamentos, um por linha, também servem. Os preços devem ser ajustados por "
        "desdobramentos, e não por dividendos. De mais de {count} linhas são usadas as últimas {count}."
    ),
    "forecast.allow_jumps": "Uma mudança por um fator maior que {factor} em um dia está certa",
    "forecast.left_out": "Os últimos {count} fechamentos são usados; {left_out} mais antigos ficam de fora.",
    "forecast.wait_file": "Escolha um arquivo para ver a previsão.",
    "forecast.wait_text": "Cole fechamentos para ver a previsão.",
    "forecast.median": "Previsão (mediana)",
    "forecast.last": "Último fechamento = previsão ingênua",
    "forecast.interval90": "Intervalo de 90 %",
    "forecast.target": "Pregão previsto",
    "forecast.next": "o próximo",
    "forecast.after": "depois de {date}",
    "forecast.against_last": "{change} em relação ao último fechamento",
    "forecast.model": "Versão do modelo {version}, treinada com preços de {source}.",
    "forecast.age": "Preços até {date}, baixados {ago} de {source}.",
    "wrong_answer": "O que responde não é o serviço, ou ele está com defeito.",
    "forecast.behind": (
        "Nenhum pregão terminou desde então.|Um pregão terminou desde então.|{count} pregões terminaram desde então."
    ),
    "forecast.stale": (
        "Os preços são antigos: pelo menos {count} pregões terminaram desde {date}. A previsão é para {target}."
    ),
    "forecast.intervals": "Quanto o fechamento pode se mover",
    "forecast.chance": "Intervalo",
    "forecast.from": "de",
    "forecast.to": "a",
    "forecast.width": "largura",
    "whatif.title": "E se",
    "whatif.text": "Mova os últimos fechamentos e veja o que o modelo diria.",
    "whatif.close": "Fechamento de {date}",
    "whatif.close_number": "Fechamento {number} de {count}",
    "whatif.reset": "Voltar aos fechamentos verdadeiros",
    "whatif.active": "E se: os últimos fechamentos foram movidos. Os verdadeiros dão {forecast}.",
    "take.title": "Para levar",
    "take.request": "O pedido como",
    "take.csv": "Resposta em CSV",
    "take.json": "Resposta em JSON",
    "chart.close": "fechamento",
    "chart.moved": "fechamento movido",
    "chart.median": "previsão (mediana)",
    "chart.naive": "ingênua (último fechamento)",
    "chart.band": "intervalo de {percent} %",
    "chart.price": "preço",
    "chart.next": "próximo",
    "chart.number": "pregão",
    "chart.window_alt": (
        "{count} fechamentos, o último {last}. Próximo fechamento: mediana {median}, intervalo de 50 % de {low50} a {high50}, de "
        "80 % de {low80} a {high80}, de 90 % de {low90} a {high90}."
    ),
    "record.range": (
        "Pregões de {first} a {last}, {sessions} ao todo, nenhum visto pelo ajuste que é julgado. Versão {version}."
    ),
    "record.verdict": "Ele supera “amanhã = hoje”?",
    "verdict.point.better": "Sim na previsão pontual: seu erro absoluto médio é menor que o do último fechamento.",
    "verdict.point.tie": (
        "Não na previsão pontual: seu erro absoluto médio e o do último fechamento não diferem mais do que o acaso explica. É um "
        "empate."
    ),
    "verdict.point.worse": "Não na previsão pontual: seu erro absoluto médio é maior que o do último fechamento.",
    "verdict.distribution.better": (
        "Sim na distribuição: seus intervalos dizem mais que o último fechamento com os quantis dos retornos passados em volta (CRPS)."
    ),
    "verdict.distribution.tie": (
        "Não na distribuição: em relação ao último fechamento com os quantis dos retornos passados em volta a diferença é acaso "
        "(CRPS). É um empate."
    ),
    "verdict.distribution.worse": (
        "Não na distribuição: o último fechamento com os quantis dos retornos passados em volta diz mais (CRPS)."
    ),
    "record.disclaimer": "Nada disso diz se um preço vai subir ou cair.",
    "record.numbers": "Erro absoluto médio {mae} contra {naive_mae} do último fechamento; CRPS {crps} contra {naive_crps}.",
    "record.outcomes": "Previsões e o que depois aconteceu",
    "record.no_forecasts": "O relatório desta versão não tem as previsões uma a uma: foi feito por uma edição mais antiga.",
    "record.inside": "{inside} de {count} fechamentos estão dentro do intervalo de 90 % ({share}).",
    "record.section.coverage": "Cobertura ao longo do tempo",
    "record.under.coverage": (
        "Parcela dos fechamentos dentro de cada intervalo, nos {window} pregões anteriores. Pontilhado: o que se promete."
    ),
    "record.section.error": "Erro em relação a “amanhã = hoje”",
    "record.under.error": (
        "Erro absoluto médio como parcela do preço, nos {window} pregões anteriores. Linhas sobrepostas são um empate."
    ),
    "record.model": "modelo",
    "record.naive": "amanhã = hoje",
    "record.section.calibration": "Calibração",
    "record.under.calibration": (
        "Na diagonal, o que se disse que aconteceria em x % dos pregões aconteceu em x %. A faixa cinza contém 95 % do que o acaso "
        "dá."
    ),
    "record.stated": "probabilidade dita",
    "record.observed": "parcela dos fechamentos abaixo",
    "record.calibrated": "calibrado",
    "record.chance": "acaso",
    "record.share": "parcela dos fechamentos dentro",
    "record.mae": "erro absoluto médio",
    "record.table": "Contra outras previsões",
    "record.row": "previsão",
    "record.skill": "CRPS poupado",
    "record.live": "Desde que o serviço começou",
    "record.live_text": "{inside} de {count} fechamentos novos ficaram dentro do intervalo de 90 % ({share}).",
    "record.live_none": "Nenhum fechamento novo chegou desde que o serviço começou.",
    "ops.every": "Atualização",
    "ops.off": "desligada",
    "ops.seconds": "a cada {count} s",
    "ops.seen": "Visto às {time}.",
    "ops.ready": "Pronto?",
    "ops.is_ready": "pronto",
    "ops.not_ready": "não está pronto",
    "ops.reason": "por quê",
    "ops.pods": "{ready} de {count} pods prontos",
    "ops.traffic": "Pedidos",
    "ops.rate": "pedidos por segundo",
    "ops.errors": "respondidos com falha do serviço",
    "ops.p50": "latência mediana",
    "ops.p99": "latência de 99 %",
    "ops.ms": "{value} ms",
    "ops.no_requests": "sem pedidos",
    "ops.from_prometheus": "Do Prometheus, nos últimos cinco minutos, todos os pods.",
    "ops.from_start": (
        "Das métricas do próprio serviço desde que começou ({since}), um pod; o próximo olhar mostra o que veio entre os dois."
    ),
    "ops.from_look": "Das métricas do próprio serviço, nos últimos {seconds} s, um pod.",
    "ops.versions": "Versões",
    "ops.served": "servida",
    "ops.version": "versão",
    "ops.created": "feita",
    "ops.data_until": "preços até",
    "ops.trained_on": "símbolos",
    "ops.refresh": "Última atualização do modelo",
    "ops.refresh_none": "Nenhuma atualização rodou ainda, ou seu estado fica em outro lugar.",
    "ops.refresh_line": "{result}, {ago} ({time}), em {seconds}.",
    "ops.step": "passo",
    "ops.result": "resultado",
    "ops.detail": "detalhe",
    "ops.took": "duração",
    "ops.gate": "Última decisão do critério",
    "ops.prometheus_away": "O Prometheus não responde como esperado; o que segue vem do próprio serviço. ({reason})",
    "ops.prometheus_empty": (
        "No Prometheus ({address}) não há pedidos deste serviço nos últimos cinco minutos: confira o endereço e o seletor "
        "({selector}), ou espere um minuto se o serviço acaba de começar. O que segue vem do próprio serviço."
    ),
    "ops.no_selector": "nenhum",
    "ops.asking_prometheus": "Consultando o Prometheus …",
    "ops.gate_unknown": "Nada se sabe dela ainda.",
    "ops.gate_none": "Nenhuma atualização chegou ao critério ainda. Na avaliação da versão servida ele disse:",
    "ops.gate_passed": "deixou passar",
    "ops.gate_refused": "recusou",
    "ops.gate_line": "{version}: {decision}, {ago} ({time}).",
    "ops.promotions": "Promoções",
    "ops.promotions_none": "Nenhuma foi feita por um job ainda.",
    "ops.when": "quando",
    "ops.action": "o quê",
    "ops.by": "por",
    "ops.outcome": "fim",
    "closes.at.line": "Linha {line}",
    "closes.at.column": "Linha {line}, coluna {column}",
    "closes.at.value": "Valor {value}",
    "closes.not_text": "O arquivo não é texto: espera-se um arquivo CSV.",
    "closes.too_long": "Esperam-se no máximo {limit} caracteres, vieram {got}.",
    "closes.empty": "Não há nada nele: espera-se uma tabela com as colunas Data e Fechamento.",
    "closes.too_few": "Esperam-se pelo menos {expected} fechamentos, vieram {got}.",
    "closes.no_header": (
        "A primeira linha não dá nome às colunas e há {got} delas: espera-se acima uma linha como Data;Fechamento."
    ),
    "closes.no_column": "Não há coluna Fechamento (ou Close); a primeira linha é: {got}",
    "closes.cells": "{where}: esperam-se {expected} campos, vieram {got}.",
    "closes.missing": "{where}: espera-se um preço, o campo está vazio.",
    "closes.not_number": "{where}: espera-se um preço, veio “{got}”.",
    "closes.not_positive": "{where}: espera-se um preço acima de zero, veio {got}.",
    "closes.date": "{where}: espera-se uma data como 2024-12-30 ou 30/12/2024, veio “{got}”.",
    "closes.order": "{where}: espera-se uma data depois de {former} (a mais antiga primeiro, cada dia uma vez), veio {got}.",
    "closes.jump": (
        "{where}: espera-se uma mudança por um fator de no máximo {limit} de um fechamento para o outro, veio {former} → {got}. "
        "Um desdobramento não ajustado, ou duas ações misturadas? Marque a caixa se estiver certo."
    ),
}
