{{/* Container of the transformer. Arguments: root, name (the name that KServe expects in the topology). */}}
{{- define "nextclose.transformerContainer" -}}
{{- $collocated := eq .root.Values.topology "collocated" -}}
{{- with .root -}}
- name: {{ $.name }}
  image: {{ include "nextclose.image" (dict "root" . "image" .Values.transformer.image) }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- if not $collocated }}
  # KServe adds missing flags, but with the InferenceService's name as --model_name.
  args:
    - --model_name
    - nextclose
    - --predictor_host
    - {{ include "nextclose.fullname" . }}-predictor
    - --http_port
    - {{ .Values.transformer.ports.http | quote }}
  {{- end }}
  # KServe derives the Service from the first ports of the pod, so the ports for clients must come first.
  ports:
    - {name: http, containerPort: {{ .Values.transformer.ports.http }}, protocol: TCP}
    - {name: grpc, containerPort: {{ .Values.transformer.ports.grpc }}, protocol: TCP}
  env:
    {{- if $collocated }}
    - {name: NEXTCLOSE_MODELS, value: /mnt/models}
    - {name: NEXTCLOSE_PREDICTOR_SOCKET, value: /run/nextclose/predictor.sock}
    {{- else }}
    - {name: NEXTCLOSE_MODELS, value: {{ include "nextclose.models" . | quote }}}
    - {name: NEXTCLOSE_PREDICTOR_URL, value: "http://{{ include "nextclose.fullname" . }}-predictor"}
    # A Service balances connections, not requests. Concurrent calls use separate connections, so they reach several pods.
    - {name: NEXTCLOSE_PREDICTOR_CALLS, value: {{ mul 2 .Values.predictor.autoscaling.maxReplicas | quote }}}
    {{- end }}
    - {name: NEXTCLOSE_STORE, value: {{ include "nextclose.store" . | quote }}}
    - {name: NEXTCLOSE_HOST, value: {{ .Values.serving.listenAddress | quote }}}
    - {name: NEXTCLOSE_PORT, value: {{ .Values.transformer.ports.http | quote }}}
    - {name: NEXTCLOSE_GRPC_PORT, value: {{ .Values.transformer.ports.grpc | quote }}}
    - {name: NEXTCLOSE_LEAVE_SECONDS, value: {{ .Values.serving.leaveSeconds | quote }}}
    - {name: NEXTCLOSE_GRACE_SECONDS, value: {{ .Values.serving.graceSeconds | quote }}}
    - {name: NEXTCLOSE_LOG_LEVEL, value: {{ .Values.serving.logLevel | quote }}}
    {{- with include "nextclose.s3Env" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with .Values.transformer.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- include "nextclose.probes" "http" | nindent 2 }}
  lifecycle:
    preStop:
      sleep: {seconds: {{ .Values.serving.preStopSeconds }}}
  {{- with .Values.transformer.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.securityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    - {name: tmp, mountPath: /tmp}
    {{- if $collocated }}
    - {name: run, mountPath: /run/nextclose}
    {{- end }}
    {{- if include "nextclose.s3Ca" . }}
    - {name: s3-ca, mountPath: /etc/nextclose-s3-ca, readOnly: true}
    {{- end }}
    {{- if not .Values.storage.s3.address }}
    - {name: prices, mountPath: /var/lib/nextclose/store, readOnly: true}
    {{- if not $collocated }}
    - {name: models, mountPath: /var/lib/nextclose/models, readOnly: true}
    {{- end }}
    {{- end }}
{{- end -}}
{{- end -}}
