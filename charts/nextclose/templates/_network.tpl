{{- define "nextclose.dnsEgress" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
  to:
    {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
{{- end -}}

{{- define "nextclose.objectStoreEgress" -}}
- ports:
    {{- range .Values.networkPolicy.objectStorePorts }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
  to:
    {{- toYaml .Values.networkPolicy.objectStore | nindent 4 }}
{{- end -}}

{{/* The way of a request to the transformer. */}}
{{- define "nextclose.askEgress" -}}
- ports:
    - {port: {{ .Values.transformer.ports.http }}, protocol: TCP}
  to:
    - podSelector:
        matchLabels:
          {{- include "nextclose.servingSelector" (dict "root" . "role" (ternary "transformer" "predictor" (eq .Values.topology "separate"))) | nindent 10 }}
{{- end -}}
