{{/* One egress rule. Arguments: ports, peers (empty for any destination), protocols (default TCP). */}}
{{- define "nextclose.egress" -}}
{{- $protocols := .protocols | default (list "TCP") -}}
- ports:
    {{- range $port := .ports }}
    {{- range $protocols }}
    - {port: {{ $port }}, protocol: {{ . }}}
    {{- end }}
    {{- end }}
  {{- with .peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "nextclose.dnsEgress" -}}
{{- include "nextclose.egress" (dict "ports" .Values.networkPolicy.dnsPorts "peers" .Values.networkPolicy.dns "protocols" (list "UDP" "TCP")) -}}
{{- end -}}

{{- define "nextclose.objectStoreEgress" -}}
{{- include "nextclose.egress" (dict "ports" .Values.networkPolicy.objectStorePorts "peers" .Values.networkPolicy.objectStore) -}}
{{- end -}}

{{/* Egress rule for requests to the transformer. */}}
{{- define "nextclose.askEgress" -}}
- ports:
    - {port: {{ .Values.transformer.ports.http }}, protocol: TCP}
  to:
    - podSelector:
        matchLabels:
          {{- include "nextclose.servingSelector" (dict "root" . "role" (ternary "transformer" "predictor" (eq .Values.topology "separate"))) | nindent 10 }}
{{- end -}}
