"""Textos do painel em português do Brasil; as chaves são as de `english.py`."""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "title": "Próximo fechamento",
    "language": "Idioma",
    "page.forecast": "Previsão",
    "page.track_record": "Histórico",
    "page.operations": "Operação",
    "no_advice": (
        "Isto não é recomendação de investimento. A previsão não diz se o preço vai subir ou cair. Espere o fechamento dentro de um "
        "intervalo de 80% em cerca de 80 de 100 pregões."
    ),
    "loading": "Aguardando o serviço …",
    "retry": "Tentar de novo",
    "percent": "{value}%",
    # --- erros ---
    "unreachable": "Não foi possível conectar ao serviço. Tente de novo.",
    "not_ready": "O serviço está no ar, mas ainda não pode responder: {reason}",
    "timeout": "O serviço não respondeu a tempo. Tente de novo em instantes.",
    "refused": "O serviço recusou a requisição: {reason}",
    "not_found": "Não encontrado: {reason}",
    "unexpected_response": "Resposta inesperada: este é um serviço nextclose?",
    "details": "Detalhes: {reason}",
    # --- previsão ---
    "forecast.source": "Origem dos fechamentos",
    "forecast.symbol": "Ativo",
    "source.stored": "Serviço",
    "source.upload": "Arquivo",
    "source.paste": "Texto colado",
    "forecast.no_symbols": "O serviço ainda não tem preços armazenados.",
    "forecast.unknown_symbol": "Não há preços de {symbol}; mostrando {other}.",
    "forecast.file": "Um arquivo CSV com pelo menos {count} fechamentos",
    "forecast.text": "Pelo menos {count} fechamentos, o mais antigo primeiro",
    "forecast.text_button": "Prever",
    "forecast.format": "Formatos aceitos",
    "forecast.format_text": (
        "Uma tabela com as colunas Data e Fechamento (ou Date e Close), a linha mais antiga primeiro. Com as colunas Abertura, "
        "Máxima e Mínima ela é desenhada como candles. Os campos são separados por vírgula, ponto e vírgula ou tabulação; os "
        "decimais têm ponto ou vírgula; as datas são escritas 2024-12-30 ou 30/12/2024. Fechamentos sem datas, um por linha, também "
        "são aceitos. Os preços devem ser ajustados por desdobramentos, mas não por proventos. Se houver mais de {count} linhas, "
        "usamos as {count} últimas."
    ),
    "forecast.allow_jumps": "Aceitar variações acima de {factor}x em um dia",
    "forecast.left_out": "Os últimos {count} fechamentos são usados; {ignored_rows} mais antigos são ignorados.",
    "forecast.wait_file": "Escolha um arquivo para ver a previsão.",
    "forecast.wait_text": "Cole fechamentos para ver a previsão.",
    "forecast.median": "Previsão (mediana)",
    "forecast.last": "Último fechamento = previsão ingênua",
    "forecast.interval90": "Intervalo de 90%",
    "forecast.target": "Previsão para",
    "forecast.next": "o próximo pregão",
    "forecast.after": "próximo pregão após {date}",
    "forecast.against_last": "{change} em relação ao último fechamento",
    "forecast.model": "Versão do modelo {version}, treinada com preços de {source}.",
    "forecast.age": "Preços até {date}, importados de {source} {ago}.",
    "forecast.behind": (
        "Nenhum pregão terminou desde então.|Um pregão terminou desde então.|{count} pregões terminaram desde então."
    ),
    "forecast.stale": (
        "Preços desatualizados: já houve pelo menos {count} pregões desde {date}. A previsão é para {target}."
    ),
    "forecast.intervals": "Quanto o fechamento pode variar",
    "forecast.interval": "Intervalo",
    "forecast.from": "de",
    "forecast.to": "até",
    "forecast.width": "largura",
    "whatif.title": "E se",
    "whatif.text": "Altere os últimos fechamentos e veja a nova previsão.",
    "whatif.close": "Fechamento de {date}",
    "whatif.close_number": "Fechamento {number} de {count}",
    "whatif.reset": "Restaurar valores reais",
    "whatif.active": "E se: os últimos fechamentos foram alterados. Com os valores reais, a previsão é {forecast}.",
    "export.title": "Exportar",
    "export.request": "Requisição em",
    "export.csv": "Baixar CSV",
    "export.json": "Baixar JSON",
    # --- gráficos ---
    "chart.close": "fechamento",
    "chart.changed": "fechamento alterado",
    "chart.median": "previsão (mediana)",
    "chart.naive": "ingênua (último fechamento)",
    "chart.band": "intervalo de {percent}%",
    "chart.price": "preço",
    "chart.next": "próximo",
    "chart.number": "pregão",
    "chart.window_alt": (
        "{count} fechamentos, o último {last}. Próximo fechamento: mediana {median}, intervalo de 50% de {low50} a {high50}, de "
        "80% de {low80} a {high80}, de 90% de {low90} a {high90}."
    ),
    # --- histórico ---
    "record.range": (
        "{sessions} pregões de {first} a {last}, nenhum usado no treino do modelo avaliado. Versão {version}."
    ),
    "record.verdict": "O modelo supera “amanhã = hoje”?",
    "verdict.point.better": "Previsão pontual: sim. Seu erro absoluto médio é menor que o do último fechamento.",
    "verdict.point.tie": (
        "Previsão pontual: não, um empate. A diferença entre seu erro absoluto médio e o do último fechamento pode ser acaso."
    ),
    "verdict.point.worse": "Previsão pontual: não. Seu erro absoluto médio é maior que o do último fechamento.",
    "verdict.distribution.better": (
        "Intervalos: sim. São mais informativos (CRPS menor) que os baseados nos retornos históricos."
    ),
    "verdict.distribution.tie": (
        "Intervalos: não, um empate. A diferença para os baseados nos retornos históricos pode ser acaso (CRPS)."
    ),
    "verdict.distribution.worse": (
        "Intervalos: não. Os baseados nos retornos históricos são mais informativos (CRPS menor)."
    ),
    "record.disclaimer": "Nada disso diz se um preço vai subir ou cair.",
    "record.numbers": "Erro absoluto médio {mae}, contra {naive_mae} do último fechamento; CRPS {crps}, contra {naive_crps}.",
    "record.outcomes": "Previsões e fechamentos reais",
    "record.no_forecasts": (
        "O relatório desta versão não tem previsões individuais: foi criado por uma versão mais antiga do programa."
    ),
    "record.inside": "{inside} de {count} fechamentos estão dentro do intervalo de 90% ({share}).",
    "record.section.coverage": "Cobertura ao longo do tempo",
    "record.caption.coverage": (
        "Parcela dos fechamentos dentro de cada intervalo, nos {window} pregões anteriores. Pontilhado: cobertura nominal."
    ),
    "record.section.error": "Erro em relação a “amanhã = hoje”",
    "record.caption.error": (
        "Erro absoluto médio como parcela do preço, nos {window} pregões anteriores. Linhas sobrepostas são um empate."
    ),
    "record.model": "modelo",
    "record.naive": "amanhã = hoje",
    "record.section.calibration": "Calibração",
    "record.caption.calibration": (
        "Na diagonal, o modelo está calibrado. A faixa cinza é a variação esperada por acaso (95%)."
    ),
    "record.predicted": "probabilidade prevista",
    "record.observed": "parcela dos fechamentos abaixo",
    "record.calibrated": "calibrado",
    "record.chance": "acaso",
    "record.share": "parcela dos fechamentos dentro",
    "record.mae": "erro absoluto médio",
    "record.table": "Comparação com outras previsões",
    "record.row": "previsão",
    "record.skill": "redução do CRPS",
    "record.live": "Desde o início do serviço",
    "record.live_text": "{inside} de {count} fechamentos novos ficaram dentro do intervalo de 90% ({share}).",
    "record.live_none": "Nenhum fechamento novo chegou desde o início do serviço.",
    # --- operação ---
    "ops.every": "Atualização",
    "ops.off": "desligada",
    "ops.seconds": "a cada {count} s",
    "ops.updated": "Atualizado às {time}.",
    "ops.health": "Disponibilidade",
    "ops.is_ready": "pronto",
    "ops.not_ready": "não está pronto",
    "ops.pods": "{ready} de {count} pods prontos",
    "ops.traffic": "Requisições",
    "ops.rate": "requisições por segundo",
    "ops.errors": "taxa de erro",
    "ops.p50": "latência mediana",
    "ops.p99": "latência p99",
    "ops.ms": "{value} ms",
    "ops.no_requests": "sem requisições",
    "ops.from_prometheus": "Do Prometheus: todos os pods, últimos cinco minutos.",
    "ops.from_start": (
        "Das métricas do próprio serviço: um pod, desde que começou ({since}). A próxima atualização mostra só o período desde então."
    ),
    "ops.from_former": "Das métricas do próprio serviço: um pod, nos últimos {seconds} s.",
    "ops.prometheus_failed": (
        "O Prometheus não respondeu como esperado; os números abaixo vêm do próprio serviço. ({reason})"
    ),
    "ops.prometheus_empty": (
        "O Prometheus ({address}) não tem requisições deste serviço nos últimos cinco minutos. Confira o endereço e o seletor "
        "({selector}), ou espere um minuto se o serviço acabou de começar. Os números abaixo vêm do próprio serviço."
    ),
    "ops.no_selector": "não definido",
    "ops.prometheus_loading": "Aguardando o Prometheus …",
    "ops.versions": "Versões",
    "ops.served": "em uso",
    "ops.version": "versão",
    "ops.created": "criada em",
    "ops.data_until": "preços até",
    "ops.trained_on": "ativos",
    "ops.refresh": "Última atualização do modelo",
    "ops.refresh_none": "Nenhuma atualização rodou ainda, ou seu estado está armazenado em outro lugar.",
    "ops.refresh_line": "{result}, {ago} ({time}). Duração: {seconds}.",
    "ops.step": "passo",
    "ops.result": "resultado",
    "ops.detail": "detalhes",
    "ops.duration": "duração",
    "ops.gate": "Última decisão da validação",
    "ops.gate_unknown": "Nenhuma decisão registrada.",
    "ops.gate_none": (
        "Nenhuma atualização chegou à validação ainda. Resultado da validação na avaliação da versão em uso:"
    ),
    "ops.gate_passed": "aprovada",
    "ops.gate_refused": "recusada",
    "ops.gate_line": "{version}: {decision}, {ago} ({time}).",
    "ops.promotions": "Promoções",
    "ops.promotions_none": "Nenhum job promoveu uma versão ainda.",
    "ops.when": "quando",
    "ops.action": "ação",
    "ops.outcome": "resultado",
    "ops.by": "por",
    "ops.reason": "motivo",
    # --- erros em uma tabela de fechamentos ---
    "closes.at.line": "Linha {line}",
    "closes.at.column": "Linha {line}, coluna {column}",
    "closes.at.value": "Valor {value}",
    "closes.not_text": "Este não é um arquivo de texto: esperado um arquivo CSV.",
    "closes.too_long": "Esperados no máximo {limit} caracteres, encontrados {got}.",
    "closes.empty": "Nenhum texto encontrado: esperada uma tabela com as colunas Data e Fechamento.",
    "closes.too_few": "Esperados pelo menos {expected} fechamentos, encontrados {got}.",
    "closes.no_header": (
        "A primeira linha tem {got} campos e nenhum nome de coluna: esperado um cabeçalho como Data;Fechamento."
    ),
    "closes.no_column": "Esperada uma coluna Fechamento (ou Close); a primeira linha é: {got}",
    "closes.cells": "{where}: esperados {expected} campos, encontrados {got}.",
    "closes.missing": "{where}: esperado um preço, encontrado um campo vazio.",
    "closes.not_number": "{where}: esperado um preço, encontrado “{got}”.",
    "closes.not_positive": "{where}: esperado um preço acima de zero, encontrado {got}.",
    "closes.date": "{where}: esperada uma data como 2024-12-30 ou 30/12/2024, encontrado “{got}”.",
    "closes.order": (
        "{where}: esperada uma data depois de {former} (a mais antiga primeiro, cada dia uma vez), encontrado {got}."
    ),
    "closes.jump": (
        "{where}: esperada uma variação de no máximo {limit}x de um fechamento para o outro, encontrado {former} → {got}. "
        "Um desdobramento não foi ajustado, ou duas ações foram misturadas? Se a variação estiver certa, marque a caixa."
    ),
}
