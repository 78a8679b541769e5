{{- define "nextclose.checks" -}}
{{- if and .Values.checks.crds (not (.Capabilities.APIVersions.Has "serving.kserve.io/v1beta1/InferenceService")) -}}
{{- fail "\n\nKServe is not installed on this cluster: expected the resource type serving.kserve.io/v1beta1 InferenceService. Install KServe (tested with 0.20 in Standard mode) first. To render without a cluster, use --set checks.crds=false." -}}
{{- end -}}
{{- $name := include "nextclose.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "\n\nfullnameOverride: expected lower-case letters, digits and '-', starting with a letter, because KServe requires it; got %q, derived from the release name. Set fullnameOverride to a valid name." $name) -}}
{{- end -}}
{{- $ports := list (int .Values.predictor.ports.http) (int .Values.predictor.ports.grpc) (int .Values.transformer.ports.http) (int .Values.transformer.ports.grpc) -}}
{{- if ne (len (uniq $ports)) 4 -}}
{{- fail (printf "\n\npredictor.ports and transformer.ports: expected four different ports, because the containers can share a pod; got %s." (join ", " $ports)) -}}
{{- end -}}
{{- range $role := list "predictor" "transformer" -}}
{{- $bounds := (index $.Values $role).autoscaling -}}
{{- if gt (int $bounds.minReplicas) (int $bounds.maxReplicas) -}}
{{- fail (printf "\n\n%s.autoscaling.maxReplicas: expected at least minReplicas, %d, got %d." $role (int $bounds.minReplicas) (int $bounds.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.prices.csv.configMap .Values.prices.csv.volume -}}
{{- fail "\n\nprices.csv: expected either configMap or volume, got both. Remove one." -}}
{{- end -}}
{{- end -}}
