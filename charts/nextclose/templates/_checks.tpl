{{- define "nextclose.checks" -}}
{{- if and .Values.checks.crds (not (.Capabilities.APIVersions.Has "serving.kserve.io/v1beta1/InferenceService")) -}}
{{- fail "\n\nKServe is not installed on this cluster: it has no kind serving.kserve.io/v1beta1 InferenceService. Install KServe (tried with 0.20, Standard mode), then this chart. To render without a cluster: --set checks.crds=false." -}}
{{- end -}}
{{- $name := include "nextclose.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "\n\nfullnameOverride: KServe takes lower-case letters, digits and '-', beginning with a letter; the name made from the release is %q. Give another." $name) -}}
{{- end -}}
{{- $ports := list (int .Values.predictor.ports.http) (int .Values.predictor.ports.grpc) (int .Values.transformer.ports.http) (int .Values.transformer.ports.grpc) -}}
{{- if ne (len (uniq $ports)) 4 -}}
{{- fail (printf "\n\npredictor.ports and transformer.ports: the four ports share a pod and must differ, got %s." (join ", " $ports)) -}}
{{- end -}}
{{- range $role := list "predictor" "transformer" -}}
{{- $bounds := (index $.Values $role).autoscaling -}}
{{- if gt (int $bounds.minReplicas) (int $bounds.maxReplicas) -}}
{{- fail (printf "\n\n%s.autoscaling.maxReplicas: expected at least minReplicas, %d, got %d." $role (int $bounds.minReplicas) (int $bounds.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.prices.csv.configMap .Values.prices.csv.volume -}}
{{- fail "\n\nprices.csv.configMap and prices.csv.volume: give one of the two." -}}
{{- end -}}
{{- end -}}
