{{/* Settings shared by all pods. Context: root. */}}
{{- define "nextclose.podSettings" -}}
enableServiceLinks: false
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Scheduling constraints of a pod. Arguments: root, placement (values of a role), selector (labels for its topology spread). */}}
{{- define "nextclose.placement" -}}
{{- with .placement.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .placement.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .placement.affinity }}
affinity:
  {{- toYaml .placement.affinity | nindent 2 }}
{{- else if include "nextclose.oneNode" .root }}
# A ReadWriteOnce volume is mounted on one node at a time. The first pod determines the node; finished pods do not count.
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "nextclose.selector" .root | nindent 12 }}
          matchExpressions:
            - {key: app.kubernetes.io/component, operator: NotIn, values: [test, dashboard, loadtest]}
{{- end }}
{{- with .placement.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- $selector := .selector }}
{{- with .placement.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- toYaml . | nindent 4 }}
    {{- if not (hasKey . "labelSelector") }}
    labelSelector:
      matchLabels:
        {{- $selector | nindent 8 }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "nextclose.oneNode" -}}
{{- if and (not .Values.storage.s3.address) (eq .Values.storage.accessMode "ReadWriteOnce") -}}true{{- end -}}
{{- end -}}

{{- define "nextclose.store" -}}
{{- .Values.storage.s3.address | default "/var/lib/nextclose/store" -}}
{{- end -}}

{{/* Address of the version folders, for the jobs and for a transformer that reads the pointer file next to them. */}}
{{- define "nextclose.models" -}}
{{- if .Values.storage.s3.address }}{{ .Values.storage.s3.address }}/models{{ else }}/var/lib/nextclose/models{{ end -}}
{{- end -}}

{{/* Environment variables of processes that connect to the S3 server. */}}
{{- define "nextclose.s3Env" -}}
{{- with .Values.storage.s3 }}
{{- if .address }}
{{- with .endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ . | quote }}
{{- end }}
{{- with .region }}
- name: AWS_DEFAULT_REGION
  value: {{ . | quote }}
{{- end }}
{{- if .ca.configMap }}
- {name: AWS_CA_BUNDLE, value: /etc/nextclose-s3-ca/ca.crt}
{{- end }}
{{- if .existingSecret }}
{{- range list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" }}
- name: {{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.storage.s3.existingSecret }}
      key: {{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* "true" if a ConfigMap with the CA of the S3 server is mounted. */}}
{{- define "nextclose.s3Ca" -}}
{{- if and .Values.storage.s3.address .Values.storage.s3.ca.configMap -}}true{{- end -}}
{{- end -}}

{{- define "nextclose.s3CaVolume" -}}
{{- with .Values.storage.s3.ca -}}
- name: s3-ca
  configMap:
    name: {{ .configMap }}
    items:
      - {key: {{ .key }}, path: ca.crt}
{{- end -}}
{{- end -}}

{{/* Probes of a server. Context: name of its HTTP port. The startup probe allows for the import of TensorFlow; a server is
live, but not ready, while it waits for a version. */}}
{{- define "nextclose.probes" -}}
startupProbe:
  httpGet: {path: /v2/health/live, port: {{ . }}}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 90
readinessProbe:
  httpGet: {path: /v2/health/ready, port: {{ . }}}
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
livenessProbe:
  httpGet: {path: /v2/health/live, port: {{ . }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}
