{{/* Pod template of a load test. Arguments: root, part (master or worker), arguments (of `nextclose loadtest`). */}}
{{- define "nextclose.loadtestPod" -}}
{{- $part := .part }}
{{- $arguments := .arguments }}
{{- with .root -}}
metadata:
  labels:
    {{- include "nextclose.podLabels" . | nindent 4 }}
    app.kubernetes.io/component: loadtest
    nextclose/loadtest: {{ $part }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "nextclose.servingAccount" . }}
  automountServiceAccountToken: false
  {{- include "nextclose.podSettings" . | nindent 2 }}
  {{- with .Values.loadtest.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.loadtest.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.loadtest.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.loadtest.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  containers:
    - name: loadtest
      image: {{ include "nextclose.image" (dict "root" . "image" .Values.jobs.image) }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: {{ concat (list "loadtest" "--url" (printf "http://%s" (include "nextclose.service" .)) "--grpc" (printf "%s:%d" (include "nextclose.service" .) (int .Values.transformer.ports.grpc))) $arguments | toJson }}
      {{- if eq $part "worker" }}
      ports:
        - {name: loadtest, containerPort: {{ .Values.loadtest.metricsPort }}, protocol: TCP}
      {{- end }}
      {{- with .Values.loadtest.env }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.loadtest.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
  volumes:
    - name: tmp
      emptyDir: {}
{{- end -}}
{{- end -}}
