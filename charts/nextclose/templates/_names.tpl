{{- define "nextclose.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 44 | trimSuffix "-" -}}
{{- end -}}

{{/* Truncated to 44 characters, because KServe and the jobs append suffixes and a label holds 63. */}}
{{- define "nextclose.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 44 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 44 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 44 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of the Service that KServe creates for clients. */}}
{{- define "nextclose.service" -}}
{{- printf "%s-%s" (include "nextclose.fullname" .) (ternary "transformer" "predictor" (eq .Values.topology "separate")) -}}
{{- end -}}

{{- define "nextclose.servingAccount" -}}
{{- .Values.serviceAccounts.serving.name | default (ternary (include "nextclose.fullname" .) "default" .Values.serviceAccounts.serving.create) -}}
{{- end -}}

{{- define "nextclose.jobsAccount" -}}
{{- .Values.serviceAccounts.jobs.name | default (ternary (printf "%s-jobs" (include "nextclose.fullname" .)) "default" .Values.serviceAccounts.jobs.create) -}}
{{- end -}}

{{- define "nextclose.modelsClaim" -}}
{{- .Values.storage.models.existingClaim | default (printf "%s-models" (include "nextclose.fullname" .)) -}}
{{- end -}}

{{- define "nextclose.pricesClaim" -}}
{{- .Values.storage.prices.existingClaim | default (printf "%s-prices" (include "nextclose.fullname" .)) -}}
{{- end -}}

{{/* Reference of an image. Arguments: root, image (the `image` values of a role). */}}
{{- define "nextclose.image" -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.image.registry -}}
{{- $repository = printf "%s/%s" . $repository -}}
{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.image.tag | default .root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
