{{/* Labels of pods and of objects whose labels KServe copies to pods. They must not contain the chart's version, or every
upgrade would restart predictor and transformer. */}}
{{- define "nextclose.podLabels" -}}
{{ include "nextclose.selector" . }}
app.kubernetes.io/part-of: nextclose
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "nextclose.selector" -}}
app.kubernetes.io/name: {{ include "nextclose.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "nextclose.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "nextclose.podLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{/* Selector of the pods of one role of the InferenceService. Arguments: root, role. */}}
{{- define "nextclose.servingSelector" -}}
serving.kserve.io/inferenceservice: {{ include "nextclose.fullname" .root }}
component: {{ .role }}
{{- end -}}
