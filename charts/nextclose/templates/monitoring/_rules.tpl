{{/* Groups of a PrometheusRule: one for each file in prometheus_rules/, named like the file. The file of an alert, its values
(in camel case) and its runbook share one name. */}}
{{- define "nextclose.ruleGroups" -}}
{{- $values := .Values.monitoring.prometheusRule -}}
{{- $name := include "nextclose.fullname" . -}}
{{- $context := dict
  "Template" .Template
  "name" $name
  "namespace" .Release.Namespace
  "selector" (printf "namespace=%q,inferenceservice=%q" .Release.Namespace $name)
  "objectives" $values.objectives
  "refresh" .Values.refresh
  "limits" (include "nextclose.memoryLimits" . | fromYaml)
-}}
{{- range $kind := list "recording" "alerts" }}
{{- range $path, $_ := $.Files.Glob (printf "prometheus_rules/%s/*.yaml" $kind) }}
{{- $symptom := base $path | trimSuffix ".yaml" }}
{{- $alert := index $values.alerts (include "nextclose.camelCase" $symptom) | default dict }}
{{- if or (eq $kind "recording") $alert.enabled }}
{{- $rules := tpl ($.Files.Get $path) (merge (dict "alert" $alert) $context) | fromYamlArray }}
{{- if $rules }}
- name: {{ $name }}-{{ $symptom }}
  {{- with $values.interval }}
  interval: {{ . }}
  {{- end }}
  rules:
    {{- range $rule := $rules }}
    {{- if eq (kindOf $rule) "string" }}{{ fail (printf "%s: %s" $path $rule) }}{{ end }}
    {{- if eq $kind "alerts" }}
    {{- $labels := dict "namespace" $.Release.Namespace "inferenceservice" $name "severity" $alert.severity }}
    {{- $_ := set $rule "labels" (merge (dict) $values.alertLabels ($rule.labels | default dict) $labels) }}
    {{- $_ := set $rule.annotations "runbook_url" (printf "%s/%s.md" (trimSuffix "/" $.Values.monitoring.runbooks) $symptom) }}
    {{- end }}
    - {{ toYaml $rule | indent 6 | trim }}
    {{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "nextclose.camelCase" -}}
{{- $parts := splitList "-" . -}}
{{- first $parts }}{{ range rest $parts }}{{ title . }}{{ end -}}
{{- end -}}

{{/* Memory limits in bytes by role; roles without a limit are omitted. */}}
{{- define "nextclose.memoryLimits" -}}
{{- range $role := list "predictor" "transformer" }}
{{- with dig "resources" "limits" "memory" "" (index $.Values $role) }}
{{ $role }}: {{ include "nextclose.bytes" . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Convert a Kubernetes quantity to an integer number of bytes. */}}
{{- define "nextclose.bytes" -}}
{{- if kindIs "string" . -}}
{{- $number := regexFind "^[0-9.]+" . -}}
{{- $unit := trimPrefix $number . -}}
{{- $factors := dict "" 1.0 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- if or (not $number) (not (hasKey $factors $unit)) -}}
{{- fail (printf "\n\nresources.limits.memory: expected a number, optionally with the unit Ki, Mi, Gi, Ti, k, M, G or T, got %q." .) -}}
{{- end -}}
{{- mulf (float64 $number) (get $factors $unit) | int64 -}}
{{- else -}}
{{- int64 . -}}
{{- end -}}
{{- end -}}
